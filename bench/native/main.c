/*
 * native NETWORK PATTERNS: scores the patterns of a file over and over, as told on standard input, one command a line:
 *   losses float|int16          prints the loss of each pattern
 *   time float|int16 SECONDS    scores all patterns again and again for so long, prints the median seconds of one pass
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "network.h"

#define MOST_PASSES 65536

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static void *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) exit((perror(path), 1));
  *length = ftell(file);
  rewind(file);
  void *bytes = aligned_alloc(64, (*length + 63) / 64 * 64);
  if (!bytes || fread(bytes, 1, *length, file) != *length) exit((perror(path), 1));
  fclose(file);
  return bytes;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: native NETWORK PATTERNS\n"), 2;
  size_t length, count;
  const struct network *network = read_file(argv[1], &length);
  if (length != sizeof *network) return fprintf(stderr, "%s: %zu bytes, expected %zu\n", argv[1], length, sizeof *network), 1;
  const uint8_t *patterns = read_file(argv[2], &count);
  count /= 8;
  if (count % 4) return fprintf(stderr, "%s: %zu patterns, expected a multiple of four\n", argv[2], count), 1;
  double *losses = malloc(count * sizeof *losses);
  double *passes = malloc(MOST_PASSES * sizeof *passes);
  if (!losses || !passes) return 1;
  float_prepare(network);
  int16_prepare(network);

  char command[16], kind[16];
  double seconds;
  while (scanf("%15s %15s", command, kind) == 2) {
    void (*score)(const uint8_t *, size_t, double *) = strcmp(kind, "float") ? int16_losses : float_losses;
    if (!strcmp(command, "losses")) {
      score(patterns, count, losses);
      for (size_t i = 0; i < count; i++) printf("%.9g\n", losses[i]);
    } else {
      if (scanf("%lf", &seconds) != 1) return 1;
      size_t done = 0;
      for (double start = now(), last = start; done < MOST_PASSES && last - start < seconds; done++) {
        score(patterns, count, losses);
        double end = now();
        passes[done] = end - last;
        last = end;
      }
      qsort(passes, done, sizeof *passes, ascending);
      printf("%.9g\n", passes[done / 2]);
    }
    fflush(stdout);
  }
  return 0;
}
