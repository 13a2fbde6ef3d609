/*
 * Included before the source of the package cap when it is compiled (npm run build:cap). cap calls pcap_dispatch until
 * it returns no packet, that is until the ring is empty, which under a flood is never. This one says "no packet" once
 * it has handed out packets for TURN without a pause. libuv then lets timers and other sockets have their turn, sees
 * that the ring is still readable, and calls cap again: nothing is lost, and nothing waits longer than TURN.
 */
#ifndef FIRSTEIGHT_BOUNDED_DISPATCH_H
#define FIRSTEIGHT_BOUNDED_DISPATCH_H
#include <pcap/pcap.h>
#include <time.h>

/* Nanoseconds, and how many packets share a look at the clock. */
#define FIRSTEIGHT_TURN 4000000
#define FIRSTEIGHT_PACKETS 16

static inline long long firsteight_now() {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* What makes a binding with this in it known: agent/capture/cap-module.ts looks for it. */
extern "C" const char firsteight_bounded_dispatch[] __attribute__((used)) = "firsteight bounded dispatch";

static int firsteight_dispatch(pcap_t *capture, int most, pcap_handler handler, u_char *user) {
  static long long turn_began = 0;
  static int packets = 0;
  if (packets == 0) turn_began = firsteight_now();
  if (packets % FIRSTEIGHT_PACKETS == FIRSTEIGHT_PACKETS - 1 && firsteight_now() - turn_began > FIRSTEIGHT_TURN) {
    packets = 0;
    return 0;
  }
  int done = pcap_dispatch(capture, most, handler, user);
  packets = done > 0 ? packets + 1 : 0;
  return done;
}

#define pcap_dispatch firsteight_dispatch
#endif
