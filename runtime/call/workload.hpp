// Workload: what of a call decides which variant is fastest, and which ones may be called: extents, element
// strides and the alignment of addresses.
#pragma once

#include <string>

#include <sporkle/hash.hpp>

#include "runtime/bundle/bundle.hpp"
#include "runtime/call/call.hpp"

namespace sporkle::runtime {

/// Equal for equal workloads of one kernel.
Hash workload_hash(const Call& call);

/// For people and for wisdom: "A f32[64,8]@64 B f32[8,64]/(1,8)@16 C …": dtype, extents, strides unless
/// dense, alignment.
std::string workload_text(const Call& call);

/// Whether a call fulfils a variant's preconditions. Depends on the workload alone.
bool fits(const bundle::Variant& variant, const Call& call);

}  // namespace sporkle::runtime
