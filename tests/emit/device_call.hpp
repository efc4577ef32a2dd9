// Runs one Tile IR kernel on a device, through the runtime's driver, in buffers between guards.
#pragma once

#include <vector>

#include "runtime/bundle/bundle.hpp"
#include "runtime/device.hpp"
#include "tests/support/kernel_call.hpp"

namespace sporkle::test {

/// What the buffers hold after the call. `bundle` has one kernel with one variant of one dispatch, which is
/// code of `kernel`. Tasks run at most three at once where they have scratch, so that grids go in pieces.
std::vector<std::vector<std::byte>> executed(runtime::Device& device, const bundle::Bundle& bundle,
                                             const tile::Kernel& kernel, const Call& call);

}  // namespace sporkle::test
