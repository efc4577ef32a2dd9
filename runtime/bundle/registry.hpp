// The bundles that are linked into this process.
//
// The object file of a bundle calls sporkle_register_bundle from its .init_array, when the program starts or
// a shared library is loaded, and sporkle_unregister_bundle from its .fini_array. It refers to them weakly,
// so that a program without the runtime links as well.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/bundle/format.hpp"

namespace sporkle::bundle {

/// Changes whenever a bundle is registered or unregistered.
std::uint64_t registry_generation();

/// The registered bundles in the order of their registration.
std::vector<const Anchor*> registered_bundles();

}  // namespace sporkle::bundle

extern "C" {
void sporkle_register_bundle(const sporkle::bundle::Anchor* anchor) noexcept;
void sporkle_unregister_bundle(const sporkle::bundle::Anchor* anchor) noexcept;
}
