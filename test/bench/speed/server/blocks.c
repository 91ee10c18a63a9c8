// Files of ready frames, read once.
#include "line.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *blocks_folder;
static Block *blocks;

// Where the frame at `at` ends. Frames of a server have no mask.
static size_t frame_end(const uint8_t *bytes, size_t at) {
  uint64_t length = bytes[at + 1] & 127;
  size_t head = 2;
  if (length == 126) {
    length = (uint64_t)bytes[at + 2] << 8 | bytes[at + 3];
    head = 4;
  } else if (length == 127) {
    length = 0;
    for (int i = 2; i < 10; i++) length = length << 8 | bytes[at + i];
    head = 10;
  }
  return at + head + length;
}

static Block *read_block(const char *path, const char *name) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  Block *block = calloc(1, sizeof(Block));
  snprintf(block->name, sizeof block->name, "%s", name);
  fseek(file, 0, SEEK_END);
  block->length = (size_t)ftell(file);
  rewind(file);
  block->bytes = malloc(block->length);
  size_t count = fread(block->bytes, 1, block->length, file);
  fclose(file);
  if (count != block->length) return NULL;
  for (size_t at = 0; at < block->length; block->count++) at = frame_end(block->bytes, at);
  block->ends = malloc(block->count * sizeof(size_t));
  for (size_t at = 0, i = 0; i < block->count; i++) block->ends[i] = at = frame_end(block->bytes, at);
  block->next = blocks;
  blocks = block;
  return block;
}

Block *find_block(const char *folder, const char *name) {
  if (strchr(name, '/')) return NULL;
  for (Block *block = blocks; block; block = block->next)
    if (strcmp(block->name, name) == 0) return block;
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return read_block(path, name);
}
