//! Saving and restoring registers at a function's begin and end, once for all functions: with the target feature
//! `save-restore` the compiler calls these instead of writing the stores and loads into each function.
//!
//! The names and what they do are those of RISC-V's calling convention for RV32 (as in compiler-rt's `save.S`); no
//! library of a Rust toolchain has them. `__riscv_save_N` is called with its return address in t0, makes a frame of whole
//! 16 bytes and stores ra and the first N of s0 to s11 from its top down. `__riscv_restore_N` is jumped to: it loads them
//! again, gives the frame back, and returns to the function's caller. Neither touches arguments or results.

use core::arch::global_asm;

global_asm!(
    // The rest of a frame of `bytes` with `count` registers of s0 to s11 below ra.
    ".macro each instruction, count, bytes",
    "  .set at, \\bytes - 4",
    "  \\instruction ra, at(sp)",
    "  .set left, \\count",
    "  .irp register, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11",
    "    .if left > 0",
    "      .set at, at - 4",
    "      \\instruction \\register, at(sp)",
    "    .endif",
    "    .set left, left - 1",
    "  .endr",
    ".endm",
    ".macro pair count, bytes",
    "  .globl __riscv_save_\\count",
    "  .type __riscv_save_\\count, @function",
    "__riscv_save_\\count:",
    "  addi sp, sp, -\\bytes",
    "  each sw, \\count, \\bytes",
    "  jr t0",
    "  .size __riscv_save_\\count, . - __riscv_save_\\count",
    "  .globl __riscv_restore_\\count",
    "  .type __riscv_restore_\\count, @function",
    "__riscv_restore_\\count:",
    "  each lw, \\count, \\bytes",
    "  addi sp, sp, \\bytes",
    "  ret",
    "  .size __riscv_restore_\\count, . - __riscv_restore_\\count",
    ".endm",
    ".pushsection .text.frames, \"ax\", @progbits",
    ".p2align 1",
    "pair 0, 16",
    "pair 1, 16",
    "pair 2, 16",
    "pair 3, 16",
    "pair 4, 32",
    "pair 5, 32",
    "pair 6, 32",
    "pair 7, 32",
    "pair 8, 48",
    "pair 9, 48",
    "pair 10, 48",
    "pair 11, 48",
    "pair 12, 64",
    ".popsection",
);
