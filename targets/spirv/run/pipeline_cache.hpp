// What drivers made of modules, kept on disk, so that a process does not compile what one before it has
// compiled: one file for each module and driver, found by its name, so that looking one up takes no lock and
// reads nothing else. Files appear whole, by renaming; what is damaged counts as missing and is replaced.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sporkle/hash.hpp>

namespace sporkle::spirv::vulkan {

/// Hash of many bytes, a few times as fast as bundle::hash_of_bytes: four hashers, each of every fourth word,
/// work side by side, where one waits for its own multiplications.
Hash hash_of_many(std::span<const std::byte> bytes);

class PipelineCache {
  public:
    /// For what this fingerprint of device and driver makes. The folder is $SPORKLE_CACHE (where that is
    /// empty, nothing is kept), else $XDG_CACHE_HOME/sporkle, else ~/.cache/sporkle.
    explicit PipelineCache(const std::string& fingerprint);

    /// Bytes that were stored under the key.
    std::optional<std::vector<std::byte>> load(const Hash& key) const;
    /// Keeps bytes. That it cannot (a full disk, a folder that may only be read) is no fault: then the next
    /// process compiles again.
    void store(const Hash& key, std::span<const std::byte> bytes) const;

    const std::string& folder() const { return folder_; }  ///< empty where nothing is kept

  private:
    std::string path_of(const Hash& key) const;

    std::string folder_;
    Hash fingerprint_;
};

}  // namespace sporkle::spirv::vulkan
