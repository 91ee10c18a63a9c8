// The server of the speed benchmark: one thread, epoll, nothing that it need not do, so that the client is what is
// measured. Ends when its standard input does.
//   server BLOCKS-FOLDER [CERTIFICATE KEY]      prints "PORT TLS-PORT"
#define _GNU_SOURCE
#include "line.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 20, MAX_PENDING = 4 << 20, BATCH = 256 };

static int epoll;
static int spinning; // open connections that ask for it
static uint8_t *shared;
static size_t shared_room;
static SSL_CTX *tls;

static int listen_on(uint16_t *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 4096) < 0 ||
      getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
    perror("listen");
    exit(1);
  }
  *port = ntohs(address.sin_port);
  return fd;
}

static void drop(Line *line) {
  if (line->spins && line->mode != OPENING) spinning--;
  if (line->ssl) SSL_free(line->ssl);
  close(line->fd);
  free(line->held);
  free(line->out);
  free(line);
}

static void accept_all(int listener, bool secure) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Line *line = calloc(1, sizeof(Line));
    line->fd = fd;
    line->tls_done = !secure;
    if (secure) {
      line->ssl = SSL_new(tls);
      SSL_set_fd(line->ssl, fd);
      SSL_set_accept_state(line->ssl);
    }
    line->interest = EPOLLIN;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
}

// What could not be used yet waits for the rest.
static void hold(Line *line, const uint8_t *bytes, size_t length) {
  if (length > line->held_capacity) {
    line->held_capacity = length * 2;
    line->held = realloc(line->held, line->held_capacity);
  }
  if (length > 0) memcpy(line->held, bytes, length);
  line->held_length = length;
}

// Uses the bytes in shared memory. False: the connection is broken.
static bool use(Line *line, size_t length) {
  size_t at = 0;
  if (line->mode == OPENING) {
    ssize_t head = handshake(line, shared, length);
    if (head < 0) return false;
    at = (size_t)head;
    if (head > 0 && line->spins) spinning++;
  }
  if (line->mode != OPENING) {
    ssize_t count = take_frames(line, shared + at, length - at);
    if (count < 0) return false;
    at += (size_t)count;
  }
  hold(line, shared + at, length - at);
  return true;
}

static bool read_some(Line *line) {
  // A few reads in a row, so that one fast sender does not starve the others. What OpenSSL has read already is no event
  // for epoll, so there all of it is taken.
  for (int turn = 0; (line->ssl || turn < 8) && !line->closing && line_pending(line) < MAX_PENDING; turn++) {
    // Large payloads that nobody looks at are dropped in the kernel.
    bool is_last = line->seen + 1 == line->expected;
    if (!line->ssl && line->payload_left > 4096 && !is_last) {
      ssize_t skipped = line_skip(line, line->payload_left - 1);
      if (skipped == 0) return false;
      if (skipped < 0) return true;
      line->payload_left -= (uint64_t)skipped;
      continue;
    }
    size_t held = line->held_length;
    if (held + READ_BYTES > shared_room) {
      shared_room = (held + READ_BYTES) * 2;
      shared = realloc(shared, shared_room);
    }
    if (held > 0) memcpy(shared, line->held, held);
    // Among large frames a sink reads little more than their heads: the rest is skipped.
    size_t room = line->large && !line->ssl ? 4096 : READ_BYTES;
    ssize_t count = line_read(line, shared + held, room);
    if (count == 0) return false;
    if (count < 0) return true;
    if (!use(line, held + (size_t)count)) return false;
    if (!line->ssl && !line->large && (size_t)count < room) return true;
  }
  return true;
}

static void watch(Line *line) {
  bool writes = line_pending(line) > 0 || line->left > 0;
  bool reads = !line->closing && line_pending(line) < MAX_PENDING;
  uint32_t interest = (writes ? EPOLLOUT : 0) | (reads ? EPOLLIN : 0);
  if (interest == line->interest) return;
  line->interest = interest;
  struct epoll_event event = {.events = interest, .data.ptr = line};
  epoll_ctl(epoll, EPOLL_CTL_MOD, line->fd, &event);
}

// False: the connection is over.
static bool serve(Line *line, uint32_t events) {
  if (!line->tls_done) {
    int result = SSL_accept(line->ssl);
    if (result != 1) {
      int error = SSL_get_error(line->ssl, result);
      return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    }
    line->tls_done = true;
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !read_some(line)) return false;
  if (!line_flush(line)) return false;
  while (line->ssl && SSL_has_pending(line->ssl) && line_pending(line) == 0 && !line->closing) {
    if (!read_some(line) || !line_flush(line)) return false;
    if (SSL_pending(line->ssl) == 0) break;
  }
  if (line->left > 0 && !pump_source(line)) return false;
  if (line->closing && line_pending(line) == 0) {
    // RFC 6455, 7.1.1: the server closes the TCP connection first.
    if (line->ssl) SSL_shutdown(line->ssl);
    return false;
  }
  watch(line);
  return true;
}

static void prepare_tls(const char *certificate, const char *key) {
  tls = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(tls, 1);
  if (SSL_CTX_use_certificate_chain_file(tls, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
    fprintf(stderr, "cannot use %s and %s\n", certificate, key);
    exit(1);
  }
}

int main(int count, char **words) {
  if (count != 2 && count != 4) return fprintf(stderr, "usage: server BLOCKS-FOLDER [CERTIFICATE KEY]\n"), 2;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  blocks_folder = words[1];
  if (count == 4) prepare_tls(words[2], words[3]);
  shared_room = READ_BYTES * 2;
  shared = malloc(shared_room);

  uint16_t port = 0, tls_port = 0;
  int plain = listen_on(&port);
  int secure = tls ? listen_on(&tls_port) : -1;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = &plain};
  epoll_ctl(epoll, EPOLL_CTL_ADD, plain, &event);
  event.data.ptr = &secure;
  if (tls) epoll_ctl(epoll, EPOLL_CTL_ADD, secure, &event);
  event.data.ptr = NULL;
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
  printf("%u %u\n", port, tls_port);
  fflush(stdout);

  struct epoll_event events[BATCH];
  for (;;) {
    int ready = epoll_wait(epoll, events, BATCH, spinning > 0 ? 0 : -1);
    for (int i = 0; i < ready; i++) {
      void *what = events[i].data.ptr;
      if (what == NULL) return 0;
      if (what == &plain) accept_all(plain, false);
      else if (what == &secure) accept_all(secure, true);
      else if (!serve(what, events[i].events)) drop(what);
    }
  }
}
