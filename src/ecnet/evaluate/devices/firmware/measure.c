/* Runs a model on its test records, and writes a line for each by semihosting.
 *
 * A line holds hexadecimal numbers of 32 bits: the ticks of SysTick that the record took, the bytes
 * of stack that it used, and the bits of each probability. The first line is that of an empty
 * function, of which the ticks are to be subtracted. Under `qemu-system-arm -icount` the clock moves
 * by a fixed time with each instruction, so that ticks count instructions.
 */
#include <stdint.h>
#include <string.h>

#include "model.h"

#ifndef MEASURED
#define MEASURED ECNET_RECORDS
#endif

#define PAINT 0x5AC35AC3u
#define PAINTED 65536 /* bytes below the stack pointer */
#define SYSTICK ((volatile uint32_t *)0xE000E010) /* control, reload, current value */
#define TICKS 0xFFFFFFu
#define WRAPPED (1u << 16)

typedef void classifier(const ecnet_record *, float *);

/* An operation of semihosting: the emulator carries it out. */
static int host(int operation, const void *argument) {
    register int r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void stop(int status) {
    const uint32_t exit[2] = {0x20026, (uint32_t)status}; /* ADP_Stopped_ApplicationExit */
    host(0x20, exit);
    for (;;)
        ;
}

static char *hexadecimal(char *at, uint32_t value) {
    for (int shift = 28; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[value >> shift & 15];
    *at++ = ' ';
    return at;
}

static __attribute__((noinline)) void nothing(const ecnet_record *record, float *probabilities) {
    __asm volatile("" : : "r"(record), "r"(probabilities) : "memory");
}

/* Return the bytes of stack that a call used. */
static __attribute__((noinline)) uint32_t measured(
    classifier *classify, const ecnet_record *record, float *probabilities, uint32_t *ticks) {
    uint32_t *top;
    __asm volatile("mov %0, sp" : "=r"(top));
    for (volatile uint32_t *word = top - PAINTED / 4; word < top; word++)
        *word = PAINT;
    SYSTICK[1] = TICKS;
    SYSTICK[2] = 0;
    SYSTICK[0] = 5; /* the clock of the processor, no interrupt */
    while (SYSTICK[2] == 0 || SYSTICK[0] & WRAPPED)
        ;
    uint32_t start = SYSTICK[2];
    classify(record, probabilities);
    uint32_t end = SYSTICK[2];
    *ticks = SYSTICK[0] & WRAPPED ? UINT32_MAX : start - end;
    volatile uint32_t *deepest = top - PAINTED / 4;
    while (deepest < top && *deepest == PAINT)
        deepest++;
    return (uint32_t)((uintptr_t)top - (uintptr_t)deepest);
}

static void report(classifier *classify, const ecnet_record *record) {
    static char line[(ECNET_CLASSES + 2) * 9 + 2];
    static float probabilities[ECNET_CLASSES];
    uint32_t ticks, bits, stack = measured(classify, record, probabilities, &ticks);
    char *at = hexadecimal(hexadecimal(line, ticks), stack);
    for (int class = 0; class < ECNET_CLASSES; class ++) {
        memcpy(&bits, &probabilities[class], sizeof bits);
        at = hexadecimal(at, bits);
    }
    at[-1] = '\n';
    *at = 0;
    host(0x04, line); /* SYS_WRITE0 */
}

int main(void) {
    report(nothing, ecnet_input(0));
    for (int i = 0; i < MEASURED; i++)
        report(ecnet_classify, ecnet_input(i));
    return 0;
}
