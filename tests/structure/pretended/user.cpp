#include "llvm.hpp"

int main() { return llvm::Module().size() - 1; }
