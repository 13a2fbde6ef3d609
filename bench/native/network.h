/* The network of one context, as bench/native.ts writes it: little-endian floats, rows as in the model file. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#if !defined(HIDDEN) || !defined(BOTTLENECK) || !defined(BYTES)
#error "HIDDEN and BOTTLENECK are the widths of the layers; BYTES is how many of the eight bytes are not wholly masked"
#endif
/* Known when compiled, so that the compiler can unroll: what a rival at its best may know. */
#define OUTPUTS (BYTES * 8)

struct network {
  uint8_t mask[8];
  /* The BYTES bytes that are not wholly masked, ascending: the others reach neither input nor loss, so nothing of them is computed. */
  uint8_t bytes[8];
  float loss_weights[64];
  float weights_1[HIDDEN][64];
  float biases_1[HIDDEN];
  float weights_2[BOTTLENECK][HIDDEN];
  float biases_2[BOTTLENECK];
  float weights_3[HIDDEN][BOTTLENECK];
  float biases_3[HIDDEN];
  float weights_4[64][HIDDEN];
  float biases_4[64];
};

/* Both are prepared once from the network; then they score `count` patterns of eight bytes, a multiple of four. */
void float_prepare(const struct network *network);
void float_losses(const uint8_t *patterns, size_t count, double *losses);
void int16_prepare(const struct network *network);
void int16_losses(const uint8_t *patterns, size_t count, double *losses);
