# x86-64: code through LLVM at build time, threads at run time.
