// KernelId: which kernel is meant.
#pragma once

#include <string_view>

#include <sporkle/hash.hpp>
#include <sporkle/signature.hpp>

namespace sporkle {

/// Names a kernel: by hash where it is known, else by name.
struct KernelId {
    Hash hash;              ///< zero when only the name is known
    std::string_view name;  ///< for messages, and to look it up where the hash is zero

    KernelId(Hash kernel_hash, std::string_view kernel_name) : hash(kernel_hash), name(kernel_name) {}
    explicit KernelId(std::string_view kernel_name) : name(kernel_name) {}
    template <KernelObject K>
    KernelId(const K& kernel) : hash(kernel.hash()), name(kernel.name()) {}
};

}  // namespace sporkle
