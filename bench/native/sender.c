/*
 * sender INTERFACE CAPTURE RATE SECONDS: gives the Ethernet frames of a pcap file to an interface as if its driver had
 * received them, over and over, RATE a second (0: as fast as it goes) for SECONDS. Frames of fewer than FRAME_BYTES
 * are padded, longer ones refused. Prints one line:
 *   SENT SECONDS
 * The frames are made inside the kernel, by a program that BPF_PROG_TEST_RUN runs with BPF_F_TEST_XDP_LIVE_FRAMES
 * (Linux 5.18, needs root), at a quarter of what sendmmsg over a veth pair costs, so that a small machine is busy
 * receiving rather than sending. Between two frames it looks at the clock: it keeps one processor busy at any rate.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FRAME_BYTES 128
#define MOST_FRAMES 16384
/* Frames a second that no machine makes. */
#define UNLIMITED 100000000
#define SECOND 1000000000

struct file_header { uint32_t magic; uint16_t major, minor; uint32_t zone, digits, snaplen, link_type; };
struct record_header { uint32_t seconds, fraction, captured, original; };
/* What the program works with: nanoseconds, frames a second, frames sent and in the capture. */
struct state { uint64_t start, rate, sent, count; };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int bpf(int command, union bpf_attr attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

static int create_array(uint32_t value_bytes, uint32_t entries) {
  union bpf_attr create = {
      .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = value_bytes, .max_entries = entries};
  int map = bpf(BPF_MAP_CREATE, create);
  if (map < 0) fail("creating a BPF map");
  return map;
}

static void write_array(int map, uint32_t key, const void *value) {
  union bpf_attr update = {.map_fd = map, .key = (uint64_t)&key, .value = (uint64_t)value};
  if (bpf(BPF_MAP_UPDATE_ELEM, update)) fail("writing a BPF map");
}

/* Reads a little-endian Ethernet capture whole into the array. Returns how many frames it has. */
static uint32_t read_capture(const char *path, int frames) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  struct file_header header;
  if (fread(&header, sizeof header, 1, file) != 1 || header.magic != 0xa1b2c3d4 || header.link_type != 1)
    exit((fprintf(stderr, "%s: no little-endian Ethernet pcap file\n", path), 1));
  uint32_t count = 0;
  for (struct record_header record; count < MOST_FRAMES && fread(&record, sizeof record, 1, file) == 1; count++) {
    uint8_t frame[FRAME_BYTES] = {0};
    if (record.captured > FRAME_BYTES || fread(frame, 1, record.captured, file) != record.captured)
      exit((fprintf(stderr, "%s: record %u is damaged or longer than %d bytes\n", path, count, FRAME_BYTES), 1));
    write_array(frames, count, frame);
  }
  fclose(file);
  if (count == 0) exit((fprintf(stderr, "%s: no frames\n", path), 1));
  return count;
}

#define LOAD(bytes, to, from, at) {.code = BPF_LDX | BPF_MEM | bytes, .dst_reg = to, .src_reg = from, .off = at}
#define STORE(bytes, to, at, from) {.code = BPF_STX | BPF_MEM | bytes, .dst_reg = to, .src_reg = from, .off = at}
#define ALU(operation, to, from) {.code = BPF_ALU64 | operation | BPF_X, .dst_reg = to, .src_reg = from}
#define ALU_NUMBER(operation, to, number) {.code = BPF_ALU64 | operation | BPF_K, .dst_reg = to, .imm = number}
#define JUMP(condition, left, right, over) {.code = BPF_JMP | condition | BPF_X, .dst_reg = left, .src_reg = right, .off = over}
#define CALL(function) {.code = BPF_JMP | BPF_CALL, .imm = function}
#define RETURN(verdict) ALU_NUMBER(BPF_MOV, 0, verdict), {.code = BPF_JMP | BPF_EXIT}
/* r0 = address of the entry whose number is on the stack; the verifier wants it compared with zero. */
#define FIND(map) \
  {.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map}, {0}, \
  ALU(BPF_MOV, 2, 10), ALU_NUMBER(BPF_ADD, 2, -4), CALL(BPF_FUNC_map_lookup_elem)
#define AT(field) offsetof(struct state, field)
#define DROP RETURN(XDP_DROP)

/* Runs for every frame: drops it while none is due, else makes it the next one of the capture and passes it on. */
static int load_program(int state, int frames) {
  struct bpf_insn program[64 + FRAME_BYTES / 4] = {
      LOAD(BPF_W, 6, 1, offsetof(struct xdp_md, data)),
      LOAD(BPF_W, 7, 1, offsetof(struct xdp_md, data_end)),
      ALU(BPF_MOV, 2, 6), ALU_NUMBER(BPF_ADD, 2, FRAME_BYTES),
      JUMP(BPF_JLE, 2, 7, 2), DROP,
      ALU_NUMBER(BPF_MOV, 1, 0), STORE(BPF_W, 10, -4, 1), FIND(state),
      {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 0, .off = 2}, DROP,
      ALU(BPF_MOV, 8, 0),
      CALL(BPF_FUNC_ktime_get_ns),
      LOAD(BPF_DW, 1, 8, AT(start)), ALU(BPF_SUB, 0, 1),
      LOAD(BPF_DW, 1, 8, AT(rate)), ALU(BPF_MUL, 0, 1), ALU_NUMBER(BPF_DIV, 0, SECOND),
      LOAD(BPF_DW, 9, 8, AT(sent)),
      JUMP(BPF_JLT, 9, 0, 2), DROP,
      ALU(BPF_MOV, 1, 9), ALU_NUMBER(BPF_ADD, 1, 1), STORE(BPF_DW, 8, AT(sent), 1),
      LOAD(BPF_DW, 1, 8, AT(count)), ALU(BPF_MOD, 9, 1), STORE(BPF_W, 10, -4, 9), FIND(frames),
      {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 0, .off = 2}, DROP,
  };
  size_t length = sizeof program / sizeof *program;
  while (program[length - 1].code == 0) length--;
  for (int at = 0; at < FRAME_BYTES; at += 8) {
    program[length++] = (struct bpf_insn)LOAD(BPF_DW, 1, 0, at);
    program[length++] = (struct bpf_insn)STORE(BPF_DW, 6, at, 1);
  }
  const struct bpf_insn pass[] = {RETURN(XDP_PASS)};
  memcpy(program + length, pass, sizeof pass);
  static char log[65536];
  union bpf_attr load = {
      .prog_type = BPF_PROG_TYPE_XDP,
      .insns = (uint64_t)program,
      .insn_cnt = length + 2,
      .license = (uint64_t)"Apache-2.0",
      .log_buf = (uint64_t)log,
      .log_size = sizeof log,
      .log_level = 1,
  };
  int loaded = bpf(BPF_PROG_LOAD, load);
  if (loaded < 0) exit((fprintf(stderr, "loading the program: %s\n%s", strerror(errno), log), 1));
  return loaded;
}

/* Its arrival ends the run. */
static void on_alarm(int signal) {
  (void)signal;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * SECOND + time.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 5) return fprintf(stderr, "usage: sender INTERFACE CAPTURE RATE SECONDS\n"), 2;
  double rate = atof(argv[3]), seconds = atof(argv[4]);
  struct xdp_md context = {.ingress_ifindex = if_nametoindex(argv[1]), .data_end = FRAME_BYTES};
  if (context.ingress_ifindex == 0) fail(argv[1]);
  int states = create_array(sizeof(struct state), 1), frames = create_array(FRAME_BYTES, MOST_FRAMES);
  uint32_t count = read_capture(argv[2], frames);
  int program = load_program(states, frames);
  uint8_t frame[FRAME_BYTES] = {0};

  struct itimerval timer = {.it_value = {(time_t)seconds, (seconds - (time_t)seconds) * 1e6}};
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL);
  struct state state = {now(), rate > 0 ? rate : UNLIMITED, 0, count};
  write_array(states, 0, &state);
  if (setitimer(ITIMER_REAL, &timer, NULL)) fail("setitimer");
  for (uint64_t end = state.start + seconds * SECOND; now() < end;) {
    union bpf_attr run = {.test = {
        .prog_fd = program,
        .data_in = (uint64_t)frame,
        .data_size_in = sizeof frame,
        .ctx_in = (uint64_t)&context,
        .ctx_size_in = sizeof context,
        .repeat = UINT32_MAX,
        .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
    }};
    if (bpf(BPF_PROG_TEST_RUN, run) && errno != EINTR) fail("sending");
  }
  uint64_t end = now();
  union bpf_attr find = {.map_fd = states, .key = (uint64_t)&(uint32_t){0}, .value = (uint64_t)&state};
  if (bpf(BPF_MAP_LOOKUP_ELEM, find)) fail("reading a BPF map");
  printf("%llu %.6f\n", (unsigned long long)state.sent, (end - state.start) / 1e9);
  return 0;
}
