#pragma once

namespace llvm {
struct Module {
    int size() const;
};
}  // namespace llvm
