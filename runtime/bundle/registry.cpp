#include "runtime/bundle/registry.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace sporkle::bundle {
namespace {

/// Lives forever, since libraries may be unloaded after every destructor has run; made on first use, since
/// bundles register before constructors of other files have run.
struct Registry {
    std::mutex mutex;
    std::vector<const Anchor*> anchors;
    std::atomic<std::uint64_t> generation{0};
};

Registry& registry() {
    static auto* const instance = new Registry;
    return *instance;
}

}  // namespace

std::uint64_t registry_generation() { return registry().generation.load(std::memory_order_acquire); }

std::vector<const Anchor*> registered_bundles() {
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    return r.anchors;
}

}  // namespace sporkle::bundle

using sporkle::bundle::Anchor;
using sporkle::bundle::registry;

void sporkle_register_bundle(const Anchor* anchor) noexcept {
    auto& r = registry();
    const std::lock_guard lock(r.mutex);
    r.anchors.push_back(anchor);
    r.generation.fetch_add(1, std::memory_order_release);
}

void sporkle_unregister_bundle(const Anchor* anchor) noexcept {
    auto& r = registry();
    const std::lock_guard lock(r.mutex);
    std::erase(r.anchors, anchor);
    r.generation.fetch_add(1, std::memory_order_release);
}
