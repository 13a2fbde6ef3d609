/*
 * The deployed network in int16, bit for bit the kernel's integers: Q10 weights and activations, first layer by table.
 * Lanes are outputs; each step multiplies a pair of inputs with their pairs of weights: one instruction where the
 * processor has VNNI, two with AVX2, and what the compiler makes of vectors elsewhere. Four samples at a time share
 * each load of weights and hide the latency of the sums.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "network.h"
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512VNNI__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif
#define SAMPLES 4

typedef int32_t sums __attribute__((vector_size(LANES * 4), may_alias));
typedef int16_t halves __attribute__((vector_size(LANES * 2)));
#define INLINE static inline __attribute__((always_inline))

INLINE sums splat(int32_t x) { return (sums){0} + x; }
#if defined(__AVX512VNNI__)
INLINE sums smaller(sums a, sums b) { return (sums)_mm512_min_epi32((__m512i)a, (__m512i)b); }
INLINE sums larger(sums a, sums b) { return (sums)_mm512_max_epi32((__m512i)a, (__m512i)b); }
INLINE sums widen(const int16_t *p) { return (sums)_mm512_cvtepi16_epi32(_mm256_loadu_si256((const void *)p)); }
INLINE void narrow(int16_t *p, sums s) { _mm256_storeu_si256((void *)p, _mm512_cvtepi32_epi16((__m512i)s)); }
#else
INLINE sums smaller(sums a, sums b) { sums less = a < b; return (a & less) | (b & ~less); }
INLINE sums larger(sums a, sums b) { sums less = a < b; return (b & less) | (a & ~less); }
INLINE sums widen(const int16_t *p) { halves h; memcpy(&h, p, sizeof h); return __builtin_convertvector(h, sums); }
INLINE void narrow(int16_t *p, sums s) { halves h = __builtin_convertvector(s, halves); memcpy(p, &h, sizeof h); }
#endif
INLINE sums clamp(sums x, int32_t limit) { return larger(smaller(x, splat(limit)), splat(-limit)); }

INLINE sums multiply_add(sums s, sums w, sums x) {
#if defined(__AVX512VNNI__)
  return (sums)_mm512_dpwssd_epi32((__m512i)s, (__m512i)w, (__m512i)x);
#elif defined(__AVX2__)
  return s + (sums)_mm256_madd_epi16((__m256i)w, (__m256i)x);
#else
  return s + (w << 16 >> 16) * (x << 16 >> 16) + (w >> 16) * (x >> 16);
#endif
}

INLINE sums sqnl(sums x) {
  sums c = clamp(x, 2048);
  return c - ((c * larger(c, -c)) >> 12);
}

/* Widths in whole vectors; what is beyond a layer's width has weights of zero. */
#define VECTORS(width) (((width) + LANES - 1) / LANES)
#define PADDED(width) (VECTORS(width) * LANES)
#define WIDEST PADDED(HIDDEN > BOTTLENECK ? HIDDEN : BOTTLENECK)

static struct {
  int16_t table[BYTES][256][PADDED(HIDDEN)];
  sums biases_1[VECTORS(HIDDEN)];
  /* [input pair][output][2] */
  int16_t weights_2[HIDDEN / 2][PADDED(BOTTLENECK)][2];
  int16_t weights_3[BOTTLENECK / 2][PADDED(HIDDEN)][2];
  int16_t weights_4[HIDDEN / 2][PADDED(OUTPUTS)][2];
  /* Q20, with half a unit of Q10 added for rounding. */
  int32_t biases_2[PADDED(BOTTLENECK)];
  int32_t biases_3[PADDED(HIDDEN)];
  int32_t biases_4[PADDED(OUTPUTS)];
  int16_t roots[PADDED(OUTPUTS)];
  int16_t targets[256][8];
  uint8_t bytes[8];
} n __attribute__((aligned(64)));

static int fixed(float value) { return (int)floor(value * 1024.0 + 0.5); }

void int16_prepare(const struct network *network) {
  for (int i = 0; i < BYTES; i++) {
    int byte = n.bytes[i] = network->bytes[i];
    for (int value = 0; value < 256; value++) {
      for (int unit = 0; unit < HIDDEN; unit++) {
        int sum = 0;
        for (int bit = 0; bit < 8; bit++) {
          int weight = fixed(network->weights_1[unit][byte * 8 + bit]);
          if (network->mask[byte] & (0x80 >> bit)) sum += value & (0x80 >> bit) ? weight : -weight;
        }
        n.table[i][value][unit] = sum;
      }
    }
  }
  for (int value = 0; value < 256; value++) {
    for (int bit = 0; bit < 8; bit++) n.targets[value][bit] = value & (0x80 >> bit) ? 1024 : -1024;
  }
  for (int i = 0; i < HIDDEN; i++) {
    ((int32_t *)n.biases_1)[i] = fixed(network->biases_1[i]);
    n.biases_3[i] = fixed(network->biases_3[i]) * 1024 + 512;
    for (int o = 0; o < BOTTLENECK; o++) {
      n.weights_2[i / 2][o][i % 2] = fixed(network->weights_2[o][i]);
      n.weights_3[o / 2][i][o % 2] = fixed(network->weights_3[i][o]);
    }
  }
  for (int o = 0; o < BOTTLENECK; o++) n.biases_2[o] = fixed(network->biases_2[o]) * 1024 + 512;
  for (int o = 0; o < OUTPUTS; o++) {
    int bit = n.bytes[o >> 3] * 8 + (o & 7);
    for (int i = 0; i < HIDDEN; i++) n.weights_4[i / 2][o][i % 2] = fixed(network->weights_4[bit][i]);
    n.biases_4[o] = fixed(network->biases_4[bit]) * 1024 + 512;
    n.roots[o] = network->mask[bit >> 3] & (0x80 >> (bit & 7)) ? (int)floor(sqrt(network->loss_weights[bit]) * 32767 + 0.5) : 0;
  }
}

/* One layer's sums of all samples; counts are constants where it is inlined, so the sums stay in registers. */
INLINE void dense(const void *weights, const void *biases, int16_t inputs[SAMPLES][WIDEST], int pairs,
                  int vectors, sums out[SAMPLES][vectors]) {
  const sums *w = weights, *b = biases;
  for (int s = 0; s < SAMPLES; s++) {
    for (int v = 0; v < vectors; v++) out[s][v] = b[v];
  }
  for (int p = 0; p < pairs; p++) {
    for (int s = 0; s < SAMPLES; s++) {
      int32_t pair;
      memcpy(&pair, &inputs[s][p * 2], 4);
      for (int v = 0; v < vectors; v++) out[s][v] = multiply_add(out[s][v], w[p * vectors + v], splat(pair));
    }
  }
}

static void score(const uint8_t *patterns, double *losses) {
  int16_t first[SAMPLES][WIDEST], second[SAMPLES][WIDEST], third[SAMPLES][WIDEST];
  sums s2[SAMPLES][VECTORS(BOTTLENECK)], s3[SAMPLES][VECTORS(HIDDEN)], s4[SAMPLES][VECTORS(OUTPUTS)];
  for (int s = 0; s < SAMPLES; s++) {
    const uint8_t *bytes = patterns + s * 8;
    for (int v = 0; v < VECTORS(HIDDEN); v++) {
      sums sum = n.biases_1[v];
      for (int byte = 0; byte < BYTES; byte++) sum += widen(&n.table[byte][bytes[n.bytes[byte]]][v * LANES]);
      narrow(&first[s][v * LANES], sqnl(sum));
    }
  }
  dense(n.weights_2, n.biases_2, first, HIDDEN / 2, VECTORS(BOTTLENECK), s2);
  for (int s = 0; s < SAMPLES; s++) {
    for (int v = 0; v < VECTORS(BOTTLENECK); v++) narrow(&second[s][v * LANES], sqnl(s2[s][v] >> 10));
  }
  dense(n.weights_3, n.biases_3, second, BOTTLENECK / 2, VECTORS(HIDDEN), s3);
  for (int s = 0; s < SAMPLES; s++) {
    for (int v = 0; v < VECTORS(HIDDEN); v++) narrow(&third[s][v * LANES], sqnl(s3[s][v] >> 10));
  }
  dense(n.weights_4, n.biases_4, third, HIDDEN / 2, VECTORS(OUTPUTS), s4);
  for (int s = 0; s < SAMPLES; s++) {
    const uint8_t *bytes = patterns + s * 8;
    int16_t targets[PADDED(OUTPUTS)];
    for (int byte = 0; byte < BYTES; byte++) memcpy(targets + byte * 8, n.targets[bytes[n.bytes[byte]]], 16);
    if (PADDED(OUTPUTS) > OUTPUTS) memset(targets + OUTPUTS, 0, (PADDED(OUTPUTS) - OUTPUTS) * 2);
    sums squares = {0};
    for (int v = 0; v < VECTORS(OUTPUTS); v++) {
      sums error = clamp(widen(targets + v * LANES) - clamp(s4[s][v] >> 10, 32767), 32767);
      sums weighted = clamp((error * widen(n.roots + v * LANES) + 16384) >> 15, 8191);
      squares += weighted * weighted;
    }
    uint32_t loss = 0;
    for (int lane = 0; lane < LANES; lane++) loss += squares[lane];
    losses[s] = loss;
  }
}

void int16_losses(const uint8_t *patterns, size_t count, double *losses) {
  for (size_t i = 0; i < count; i += SAMPLES) score(patterns + i * 8, losses + i);
}
