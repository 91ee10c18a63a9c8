// One connection of the benchmark's server, and what the parts of the server need of each other.
#ifndef LINE_H
#define LINE_H
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What a connection is for; the path of its URL says it.
typedef enum { OPENING, SINK, SOURCE, ECHO, RPC, OVER } Mode;

// Frames ready to be sent, in a file that the driver has written.
typedef struct Block {
  struct Block *next;
  char name[64];
  uint8_t *bytes;
  size_t length;
  size_t count;  // frames
  size_t *ends;  // where each of them ends
} Block;

typedef struct Line {
  int fd;
  SSL *ssl;
  bool tls_done;
  Mode mode;
  bool spins;        // while it is open the server polls without sleeping
  bool closing;      // nothing more is read; gone when everything is written
  uint32_t interest; // events that epoll reports for it

  // Bytes of a head or a frame that is not complete yet.
  uint8_t *held;
  size_t held_length, held_capacity;

  // Bytes to be sent.
  uint8_t *out;
  size_t out_start, out_end, out_capacity;

  // Sink: how many messages are announced and seen, and the message that is being read.
  uint64_t expected, seen, payload_bytes, ack_every;
  uint64_t payload_left;
  uint8_t mask[4];
  uint32_t mask_at;
  uint32_t checksum; // of the last message announced
  bool ends_message;
  bool large; // the messages are: see read_some

  // Source: the frames, and how many messages are still to be sent.
  Block *block;
  uint64_t left;
  size_t block_frame, block_at;
} Line;

// io.c: bytes in and out, plain or TLS.
ssize_t line_read(Line *line, uint8_t *target, size_t room); // -1: nothing now, 0: end or error
ssize_t line_write(Line *line, const uint8_t *bytes, size_t length); // -1: no room now, 0: error
ssize_t line_skip(Line *line, size_t length); // reads and drops, where the system can do so without copying
void line_append(Line *line, const void *bytes, size_t length);
bool line_flush(Line *line); // false: the connection is broken
static inline size_t line_pending(const Line *line) { return line->out_end - line->out_start; }

// handshake.c: consumes the head of the request, answers it and sets the mode. 0: incomplete, -1: refused.
ssize_t handshake(Line *line, const uint8_t *bytes, size_t length);

// blocks.c
Block *find_block(const char *folder, const char *name);
extern const char *blocks_folder;

// frames.c: takes what it can of the bytes and returns how many; -1: broken protocol.
ssize_t take_frames(Line *line, uint8_t *bytes, size_t length);
void send_text(Line *line, const char *text, size_t length);
bool pump_source(Line *line);
#endif
