// What the runtime wants to know of a kernel once, whatever its calls look like.
#pragma once

#include <cstdint>

#include <sporkle/extents.hpp>
#include <sporkle/parameter_block.hpp>
#include <sporkle/program.hpp>

namespace sporkle::runtime {

struct Facts {
    explicit Facts(const Program& program);

    ParameterBlock block;
    std::uint8_t inputs[max_tensors] = {}, outputs[max_tensors] = {};  ///< tensor numbers
    int input_count = 0, output_count = 0;
    /// [input][output]: the kernel is one map that reads the input nowhere but where it writes the output, so
    /// both may be the same memory.
    bool in_place[max_tensors][max_tensors] = {};
};

/// Nodes evaluated by a call, over all points and reduction elements: a measure of its work.
double operations(const Program& program, const Extents& extents);

}  // namespace sporkle::runtime
