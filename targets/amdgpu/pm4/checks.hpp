// What a well-formed packet may still do wrong, packet by packet. decode.cpp has seen to lengths and reserved
// bits.
#pragma once

#include <string>
#include <vector>

#include "targets/amdgpu/pm4/decode.hpp"

namespace sporkle::amdgpu::pm4 {

/// Appends a text for each thing that is wrong.
using Texts = std::vector<std::string>;
void check(const AcquireMem&, const Chip&, Texts&);
void check(const ReleaseMem&, const Chip&, Texts&);
void check(const EventWrite&, const Chip&, Texts&);
void check(const CopyData&, const Chip&, Texts&);
void check(const WriteData&, const Chip&, Texts&);
void check(const DispatchDirect&, const Chip&, Texts&);
void check(const DispatchIndirect&, const Chip&, Texts&);
void check(const WaitRegMem&, const Chip&, Texts&);
void check(const IndirectBuffer&, const Chip&, Texts&);
void check(const DmaData&, const Chip&, Texts&);
void check(const PredExec&, const Chip&, Texts&);

}  // namespace sporkle::amdgpu::pm4
