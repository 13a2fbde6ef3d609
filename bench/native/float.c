/*
 * The network in floats, in plain C for the compiler to vectorise: first layer by table, then dense layers. Weights
 * stand input by input, so that neighbouring outputs are the lanes. Of the plain arrangements this was the fastest.
 * With UNROLL a directive writes the loops over inputs out, which keeps the sums in registers.
 */
#include <math.h>
#include "network.h"

#ifdef UNROLL
#define WRITTEN_OUT _Pragma("GCC unroll 64")
#else
#define WRITTEN_OUT
#endif

static struct {
  float table[BYTES][256][HIDDEN];
  float biases_1[HIDDEN];
  float weights_2[HIDDEN][BOTTLENECK];
  float biases_2[BOTTLENECK];
  float weights_3[BOTTLENECK][HIDDEN];
  float biases_3[HIDDEN];
  float weights_4[HIDDEN][OUTPUTS];
  float biases_4[OUTPUTS];
  float loss_weights[OUTPUTS];
  float targets[256][8];
  uint8_t bytes[8];
} n __attribute__((aligned(64)));

void float_prepare(const struct network *network) {
  for (int i = 0; i < BYTES; i++) {
    int byte = n.bytes[i] = network->bytes[i];
    for (int value = 0; value < 256; value++) {
      for (int unit = 0; unit < HIDDEN; unit++) {
        float sum = 0;
        for (int bit = 0; bit < 8; bit++) {
          float weight = network->weights_1[unit][byte * 8 + bit];
          if (network->mask[byte] & (0x80 >> bit)) sum += value & (0x80 >> bit) ? weight : -weight;
        }
        n.table[i][value][unit] = sum;
      }
    }
  }
  for (int value = 0; value < 256; value++) {
    for (int bit = 0; bit < 8; bit++) n.targets[value][bit] = value & (0x80 >> bit) ? 1 : -1;
  }
  for (int i = 0; i < HIDDEN; i++) {
    n.biases_1[i] = network->biases_1[i];
    n.biases_3[i] = network->biases_3[i];
    for (int o = 0; o < BOTTLENECK; o++) {
      n.weights_2[i][o] = network->weights_2[o][i];
      n.weights_3[o][i] = network->weights_3[i][o];
    }
  }
  for (int o = 0; o < BOTTLENECK; o++) n.biases_2[o] = network->biases_2[o];
  for (int o = 0; o < OUTPUTS; o++) {
    int bit = network->bytes[o >> 3] * 8 + (o & 7);
    for (int i = 0; i < HIDDEN; i++) n.weights_4[i][o] = network->weights_4[bit][i];
    n.biases_4[o] = network->biases_4[bit];
    n.loss_weights[o] = network->loss_weights[bit];
  }
}

static inline float sqnl(float x) {
  float c = fminf(fmaxf(x, -2), 2);
  return c - c * fabsf(c) * 0.25f;
}

/* One dense layer's sums; counts are constants where it is inlined. */
static inline __attribute__((always_inline)) void dense(
    const float *restrict weights, const float *restrict biases, const float *restrict inputs, int count,
    float *restrict out, int outputs) {
  for (int o = 0; o < outputs; o++) {
    float sum = biases[o];
    WRITTEN_OUT
    for (int i = 0; i < count; i++) sum += weights[i * outputs + o] * inputs[i];
    out[o] = sum;
  }
}

static float loss_of(const uint8_t *bytes) {
  float first[HIDDEN], second[BOTTLENECK], third[HIDDEN], outputs[OUTPUTS], targets[OUTPUTS];
  const float *rows[BYTES];
  for (int byte = 0; byte < BYTES; byte++) rows[byte] = n.table[byte][bytes[n.bytes[byte]]];
  for (int o = 0; o < HIDDEN; o++) {
    float sum = n.biases_1[o];
    WRITTEN_OUT
    for (int byte = 0; byte < BYTES; byte++) sum += rows[byte][o];
    first[o] = sqnl(sum);
  }
  dense(n.weights_2[0], n.biases_2, first, HIDDEN, second, BOTTLENECK);
  for (int o = 0; o < BOTTLENECK; o++) second[o] = sqnl(second[o]);
  dense(n.weights_3[0], n.biases_3, second, BOTTLENECK, third, HIDDEN);
  for (int o = 0; o < HIDDEN; o++) third[o] = sqnl(third[o]);
  dense(n.weights_4[0], n.biases_4, third, HIDDEN, outputs, OUTPUTS);

  for (int byte = 0; byte < BYTES; byte++) {
    for (int bit = 0; bit < 8; bit++) targets[byte * 8 + bit] = n.targets[bytes[n.bytes[byte]]][bit];
  }
  float loss = 0;
  for (int o = 0; o < OUTPUTS; o++) {
    float error = targets[o] - outputs[o];
    loss += n.loss_weights[o] * error * error;
  }
  return loss;
}

void float_losses(const uint8_t *patterns, size_t count, double *losses) {
  for (size_t i = 0; i < count; i++) losses[i] = loss_of(patterns + i * 8);
}
