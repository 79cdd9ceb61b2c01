/*
 * Appends a line to a file through io_uring(7): IORING_OP_WRITE, then IORING_OP_FSYNC, no library needed.
 * Usage: ring FILE [no-fsync]
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ring;
static struct io_uring_params params;
static struct io_uring_sqe *entries;
static char *submitted, *completed;

static unsigned *at(char *queue, unsigned offset) { return (unsigned *)(queue + offset); }

/* Submits one request and waits for it; what the call it stands for would have returned. */
static int perform(struct io_uring_sqe request) {
  unsigned tail = *at(submitted, params.sq_off.tail);
  unsigned slot = tail & *at(submitted, params.sq_off.ring_mask);
  entries[slot] = request;
  at(submitted, params.sq_off.array)[slot] = slot;
  __atomic_store_n(at(submitted, params.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) return -1;
  unsigned head = *at(completed, params.cq_off.head);
  struct io_uring_cqe *results = (struct io_uring_cqe *)(completed + params.cq_off.cqes);
  int result = results[head & *at(completed, params.cq_off.ring_mask)].res;
  __atomic_store_n(at(completed, params.cq_off.head), head + 1, __ATOMIC_RELEASE);
  return result;
}

int main(int count, char **arguments) {
  ring = syscall(SYS_io_uring_setup, 4, &params);
  if (ring < 0) return perror("io_uring_setup"), 1;
  int shared = PROT_READ | PROT_WRITE;
  submitted = mmap(NULL, params.sq_off.array + params.sq_entries * sizeof(unsigned), shared, MAP_SHARED, ring,
                   IORING_OFF_SQ_RING);
  completed = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), shared, MAP_SHARED,
                   ring, IORING_OFF_CQ_RING);
  entries = mmap(NULL, params.sq_entries * sizeof *entries, shared, MAP_SHARED, ring, IORING_OFF_SQES);
  if (submitted == MAP_FAILED || completed == MAP_FAILED || entries == MAP_FAILED) return perror("mmap"), 1;

  int file = open(arguments[1], O_WRONLY | O_APPEND);
  const char *line = "written through a ring\n";
  struct io_uring_sqe write = {
      .opcode = IORING_OP_WRITE, .fd = file, .addr = (unsigned long)line, .len = strlen(line), .off = -1};
  if (perform(write) != (int)strlen(line)) return fputs("the write failed\n", stderr), 1;
  struct io_uring_sqe fsync = {.opcode = IORING_OP_FSYNC, .fd = file};
  if (count < 3 && perform(fsync) != 0) return fputs("the fsync failed\n", stderr), 1;
  puts("saved");
  return 0;
}
