// The opening handshake (RFC 6455, 4.2). The path says what the connection is for:
//   /sink /source?block=NAME /echo /rpc    and, for each: &deflate=1 &spin=1
#define _GNU_SOURCE
#include "line.h"
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

static bool query(const char *target, const char *name, char *value, size_t room) {
  char key[32];
  snprintf(key, sizeof key, "%s=", name);
  const char *at = strchr(target, '?');
  while (at) {
    at++;
    if (strncmp(at, key, strlen(key)) == 0) {
      at += strlen(key);
      size_t length = strcspn(at, "&");
      if (length >= room) return false;
      memcpy(value, at, length);
      value[length] = 0;
      return true;
    }
    at = strchr(at, '&');
  }
  return false;
}

static bool choose_mode(Line *line, const char *target) {
  char value[64];
  if (query(target, "spin", value, sizeof value)) line->spins = value[0] == '1';
  size_t path = strcspn(target, "?");
  if (path == 5 && strncmp(target, "/sink", path) == 0) line->mode = SINK;
  else if (path == 5 && strncmp(target, "/echo", path) == 0) line->mode = ECHO;
  else if (path == 4 && strncmp(target, "/rpc", path) == 0) line->mode = RPC;
  else if (path == 7 && strncmp(target, "/source", path) == 0) {
    if (!query(target, "block", value, sizeof value)) return false;
    line->block = find_block(blocks_folder, value);
    line->mode = SOURCE;
    return line->block != NULL;
  } else return false;
  return true;
}

static void accept_for(const char *key, size_t length, char *accept) {
  static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  char text[128];
  uint8_t digest[SHA_DIGEST_LENGTH];
  memcpy(text, key, length);
  memcpy(text + length, guid, sizeof guid - 1);
  SHA1((const uint8_t *)text, length + sizeof guid - 1, digest);
  EVP_EncodeBlock((uint8_t *)accept, digest, sizeof digest);
}

ssize_t handshake(Line *line, const uint8_t *bytes, size_t length) {
  const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
  if (!end) return length > 16384 ? -1 : 0;
  size_t head = (size_t)(end - bytes) + 4;
  char text[16384 + 8];
  if (head > 16384) return -1;
  memcpy(text, bytes, head);
  text[head] = 0;

  if (strncmp(text, "GET ", 4) != 0) return -1;
  char target[512];
  size_t target_length = strcspn(text + 4, " ");
  if (target_length >= sizeof target) return -1;
  memcpy(target, text + 4, target_length);
  target[target_length] = 0;
  const char *key = strcasestr(text, "\r\nsec-websocket-key:");
  if (!key || !choose_mode(line, target)) return -1;
  key += strlen("\r\nsec-websocket-key:");
  key += strspn(key, " \t");
  size_t key_length = strcspn(key, " \t\r");
  if (key_length != 24) return -1;

  char accept[64], answer[512], value[8];
  accept_for(key, key_length, accept);
  bool deflate = query(target, "deflate", value, sizeof value) && strcasestr(text, "permessage-deflate");
  int count = snprintf(answer, sizeof answer,
                       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: %s\r\n%s\r\n",
                       accept, deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
  line_append(line, answer, (size_t)count);
  return (ssize_t)head;
}
