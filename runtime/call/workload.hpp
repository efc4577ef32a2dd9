// Workload: what of a call decides which variant is fastest, and which ones may be called: extents, element
// strides, the alignment of addresses, in whose memory the tensors lie, and which inputs must be copied.
#pragma once

#include <string>

#include <sporkle/hash.hpp>

#include "runtime/bundle/bundle.hpp"
#include "runtime/call/arrangement.hpp"
#include "runtime/call/call.hpp"

namespace sporkle::runtime {

/// Equal for equal workloads of one kernel.
Hash workload_hash(const Call& call);

/// For people and for wisdom: "A f32[64,8]@64 B f32[8,64]/(1,8)@16 on vulkan:0 C …": dtype, extents, strides
/// unless dense, alignment, whether it is copied, the device unless it lies in the process's memory.
std::string workload_text(const Call& call);

/// Whether a call whose tensors are so arranged fulfils a variant's preconditions. Depends on the workload
/// alone.
bool fits(const bundle::Variant& variant, const Call& call, const Arrangement& arrangement);

}  // namespace sporkle::runtime
