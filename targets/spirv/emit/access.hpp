// One memory operation of Tile IR on its way to instructions, and what global and local memory share: whole
// blocks of lanes where neighbours are accessed together, lane by lane where they are not, and branches
// around lanes that a mask turns off.
#pragma once

#include <functional>

#include "targets/spirv/emit/arithmetic.hpp"

namespace sporkle::spirv {

struct Access {
    DType type = DType::f32;
    int lanes = 1;
    bool contiguous = true;  ///< lane l is at the first lane's element + l
    std::vector<Id> mask;    ///< a boolean for each lane; empty: all lanes are on
};

/// How a memory reads and writes.
struct Reader {
    std::function<std::vector<Id>()> block;  ///< all lanes of a contiguous access at once
    std::function<Id(int lane)> lane;
};
struct Writer {
    std::function<void()> block;
    std::function<void(int lane)> lane;
};

/// Register forms of all lanes; those that are off are 0.
std::vector<Id> read(Code& code, const Access& access, const Reader& reader);
void write(Code& code, const Access& access, const Writer& writer);

/// Between the form in a register and that in memory; a boolean is a byte, any but 0 is true.
Id from_memory(Code& code, DType type, Id stored);
Id to_memory(Code& code, DType type, Id value);

}  // namespace sporkle::spirv
