// Frames in and out (RFC 6455, 5), and what each mode does with a message.
#define _GNU_SOURCE
#include "line.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

typedef struct {
  bool fin;
  uint8_t bits; // the first byte: FIN, RSV1-3 and opcode
  uint8_t opcode;
  uint64_t length;
  uint8_t mask[4];
  size_t head;
} Header;

// 1: read, 0: incomplete, -1: not a frame of a client
static int read_header(const uint8_t *bytes, size_t length, Header *header) {
  if (length < 2) return 0;
  header->bits = bytes[0];
  header->fin = bytes[0] >> 7;
  header->opcode = bytes[0] & 15;
  // 5.1: a client masks every frame.
  if (!(bytes[1] & 128)) return -1;
  uint64_t size = bytes[1] & 127;
  size_t at = 2;
  if (size == 126) {
    if (length < 4) return 0;
    size = (uint64_t)bytes[2] << 8 | bytes[3];
    at = 4;
  } else if (size == 127) {
    if (length < 10) return 0;
    size = 0;
    for (int i = 2; i < 10; i++) size = size << 8 | bytes[i];
    at = 10;
  }
  if (length < at + 4) return 0;
  memcpy(header->mask, bytes + at, 4);
  header->length = size;
  header->head = at + 4;
  return 1;
}

static void unmask(uint8_t *bytes, size_t length, const uint8_t mask[4]) {
  uint64_t word;
  uint32_t half;
  memcpy(&half, mask, 4);
  word = (uint64_t)half << 32 | half;
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    uint64_t part;
    memcpy(&part, bytes + i, 8);
    part ^= word;
    memcpy(bytes + i, &part, 8);
  }
  for (; i < length; i++) bytes[i] ^= mask[i & 3];
}

static void send_frame(Line *line, uint8_t bits, const uint8_t *payload, size_t length) {
  uint8_t head[10] = {bits};
  size_t size = 2;
  if (length < 126) head[1] = (uint8_t)length;
  else if (length < 65536) {
    head[1] = 126;
    head[2] = (uint8_t)(length >> 8);
    head[3] = (uint8_t)length;
    size = 4;
  } else {
    head[1] = 127;
    for (int i = 0; i < 8; i++) head[2 + i] = (uint8_t)((uint64_t)length >> (56 - 8 * i));
    size = 10;
  }
  line_append(line, head, size);
  line_append(line, payload, length);
}

void send_text(Line *line, const char *text, size_t length) {
  send_frame(line, 128 | TEXT, (const uint8_t *)text, length);
}

static void take_control(Line *line, const Header *header, const uint8_t *payload) {
  if (header->opcode == PING) send_frame(line, 128 | PONG, payload, header->length);
  if (header->opcode != CLOSE) return;
  send_frame(line, 128 | CLOSE, payload, header->length >= 2 ? 2 : 0);
  line->closing = true;
}

// "!n" or "!n,k": a round of n messages begins, of which the sink confirms every k-th.
static bool take_order(Line *line, const uint8_t *payload, size_t length) {
  char text[64];
  if (length < 2 || length >= sizeof text || payload[0] != '!') return false;
  memcpy(text, payload, length);
  text[length] = 0;
  char *rest;
  uint64_t count = strtoull(text + 1, &rest, 10);
  if (line->mode == SOURCE) {
    line->left += count;
    return true;
  }
  line->expected = count;
  line->ack_every = *rest == ',' ? strtoull(rest + 1, NULL, 10) : 0;
  line->seen = line->payload_bytes = 0;
  return true;
}

// One message of the sink is complete. After the last one: "done MESSAGES BYTES CHECKSUM-OF-THE-LAST".
static void count_message(Line *line) {
  line->seen++;
  if (line->seen == line->expected) {
    char text[96];
    int length = snprintf(text, sizeof text, "done %llu %llu %u", (unsigned long long)line->seen,
                          (unsigned long long)line->payload_bytes, line->checksum);
    send_text(line, text, (size_t)length);
    line->expected = 0;
  } else if (line->ack_every > 0 && line->seen % line->ack_every == 0) {
    send_text(line, "ack", 3);
  }
}

// The sink takes payloads as they come. Only the last message of a round is looked at.
static size_t sink_payload(Line *line, uint8_t *bytes, size_t length) {
  size_t count = length < line->payload_left ? length : (size_t)line->payload_left;
  if (line->seen + 1 == line->expected) {
    uint32_t sum = line->checksum;
    for (size_t i = 0; i < count; i++) sum = sum * 31 + (bytes[i] ^ line->mask[line->mask_at++ & 3]);
    line->checksum = sum;
  }
  line->payload_left -= count;
  if (line->payload_left == 0 && line->ends_message) count_message(line);
  return count;
}

static void begin_sink_payload(Line *line, const Header *header) {
  // 5.4: a message begins with an opcode other than 0.
  if (header->opcode != 0) line->checksum = 0;
  memcpy(line->mask, header->mask, 4);
  line->mask_at = 0;
  line->payload_left = header->length;
  line->payload_bytes += header->length;
  line->ends_message = header->fin;
  line->large = header->length > 32768;
  if (header->length == 0 && header->fin) count_message(line);
}

// {"jsonrpc":"2.0","id":ID,"method":…,"params":PARAMS} -> {"jsonrpc":"2.0","id":ID,"result":PARAMS}
static bool answer_request(Line *line, const uint8_t *payload, size_t length) {
  const uint8_t *id = memmem(payload, length, "\"id\":", 5);
  const uint8_t *params = memmem(payload, length, "\"params\":", 9);
  if (!id || !params) return false;
  id += 5;
  params += 9;
  size_t id_length = strcspn((const char *)id, ",}");
  // Of ours `params` stands last or `id` does.
  const uint8_t *end = payload + length - 1;
  if (id > params) end = id - 6;
  char text[4096];
  size_t at = (size_t)snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":", (int)id_length, id);
  size_t params_length = (size_t)(end - params);
  if (at + params_length + 1 > sizeof text) return false;
  memcpy(text + at, params, params_length);
  text[at + params_length] = '}';
  send_text(line, text, at + params_length + 1);
  return true;
}

// A whole frame, unmasked.
static bool take_message(Line *line, const Header *header, uint8_t *payload) {
  if (line->mode == ECHO) send_frame(line, header->bits, payload, header->length);
  else if (line->mode == RPC) return answer_request(line, payload, header->length);
  else return take_order(line, payload, header->length);
  return true;
}

ssize_t take_frames(Line *line, uint8_t *bytes, size_t length) {
  size_t at = 0;
  while (at < length && !line->closing) {
    if (line->payload_left > 0) {
      at += sink_payload(line, bytes + at, length - at);
      continue;
    }
    Header header;
    int read = read_header(bytes + at, length - at, &header);
    if (read < 0) return -1;
    if (read == 0) break;
    bool is_control = header.opcode >= 8;
    if (line->mode == SINK && line->expected > 0 && !is_control) {
      at += header.head;
      begin_sink_payload(line, &header);
      continue;
    }
    if (length - at - header.head < header.length) break;
    uint8_t *payload = bytes + at + header.head;
    unmask(payload, header.length, header.mask);
    if (is_control) take_control(line, &header, payload);
    else if (!take_message(line, &header, payload)) return -1;
    at += header.head + header.length;
  }
  return (ssize_t)at;
}

// Not by sendfile: it spares the server a copy, but what arrives are pages of 4 KiB each, which the client pays for, and
// which no usual server sends. Sends from the block until the system takes no more. Messages follow each other round and round.
bool pump_source(Line *line) {
  Block *block = line->block;
  while (line->left > 0 && line_pending(line) == 0) {
    size_t frames = block->count - line->block_frame;
    if (frames > line->left) frames = (size_t)line->left;
    size_t end = block->ends[line->block_frame + frames - 1];
    ssize_t count = line_write(line, block->bytes + line->block_at, end - line->block_at);
    if (count < 0) return true;
    if (count == 0) return false;
    line->block_at += (size_t)count;
    while (line->left > 0 && block->ends[line->block_frame] <= line->block_at) {
      line->block_frame++;
      line->left--;
      if (line->block_frame == block->count) line->block_frame = line->block_at = 0;
      if (line->block_frame == 0) break;
    }
  }
  return true;
}
