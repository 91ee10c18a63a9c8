// Bytes in and out of a connection, plain or TLS.
#include "line.h"
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static ssize_t tls_result(Line *line, int count) {
  if (count > 0) return count;
  int error = SSL_get_error(line->ssl, count);
  ERR_clear_error();
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

static ssize_t plain_result(ssize_t count) {
  if (count > 0) return count;
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? -1 : 0;
}

ssize_t line_read(Line *line, uint8_t *target, size_t room) {
  if (line->ssl) return tls_result(line, SSL_read(line->ssl, target, (int)room));
  return plain_result(recv(line->fd, target, room, 0));
}

ssize_t line_write(Line *line, const uint8_t *bytes, size_t length) {
  if (line->ssl) return tls_result(line, SSL_write(line->ssl, bytes, (int)(length > 1 << 16 ? 1 << 16 : length)));
  return plain_result(send(line->fd, bytes, length, MSG_NOSIGNAL));
}

// tcp(7): with MSG_TRUNC the bytes are dropped in the kernel. A sink of large messages need not look at them.
ssize_t line_skip(Line *line, size_t length) {
  return plain_result(recv(line->fd, NULL, length, MSG_TRUNC));
}

void line_append(Line *line, const void *bytes, size_t length) {
  if (line->out_start == line->out_end) line->out_start = line->out_end = 0;
  if (line->out_end + length > line->out_capacity) {
    size_t pending = line_pending(line);
    if (line->out_start > 0) memmove(line->out, line->out + line->out_start, pending);
    line->out_start = 0;
    line->out_end = pending;
    if (pending + length > line->out_capacity) {
      line->out_capacity = (pending + length) * 2;
      line->out = realloc(line->out, line->out_capacity);
    }
  }
  memcpy(line->out + line->out_end, bytes, length);
  line->out_end += length;
}

bool line_flush(Line *line) {
  while (line_pending(line) > 0) {
    ssize_t count = line_write(line, line->out + line->out_start, line_pending(line));
    if (count < 0) return true;
    if (count == 0) return false;
    line->out_start += (size_t)count;
  }
  return true;
}
