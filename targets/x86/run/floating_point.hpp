// The floating-point state under which compiled code runs: round to nearest even, subnormals kept, exceptions
// masked.
#pragma once

#include <xmmintrin.h>

namespace sporkle::x86 {

/// Gives MXCSR its default control bits for a scope and restores the caller's afterwards. The sticky
/// exception flags are the caller's business and stay as they are.
class DefaultFloatingPoint {
  public:
    DefaultFloatingPoint() : before_(_mm_getcsr()) {
        if ((before_ & ~flags) != standard) [[unlikely]]
            _mm_setcsr(standard | (before_ & flags));
    }
    ~DefaultFloatingPoint() {
        if ((before_ & ~flags) != standard) [[unlikely]]
            _mm_setcsr(before_);
    }
    DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
    DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

  private:
    static constexpr unsigned flags = 0x3f, standard = 0x1f80;
    unsigned before_;
};

}  // namespace sporkle::x86
