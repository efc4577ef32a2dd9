// The GPU that is pretended, as $SPORKLE_TEST_GPU describes it: words with spaces between them.
//
//     api=1.2                       the version that the driver has
//     extensions=none               it has no extensions
//     type=discrete                 integrated, discrete, virtual or cpu
//     no=NAME                       a feature that it lacks, by its name in Vulkan ("shaderInt16")
//     NAME=NUMBER                   a limit: maxComputeWorkGroupInvocations …, see pretence.cpp
//     memory=KIND                   kinds of memory, see pretence.cpp
//     queues=KIND                   families of queues, see pretence.cpp
//     controls=none                 no float controls at all
//     driver=nvidia                 what is done for NVIDIA's driver alone is done here
//
// What the device beneath cannot do it cannot be made to: only to seem poorer, or of another kind.
#pragma once

#include <vulkan/vulkan_core.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sporkle::testing::pretended {

class Pretence {
  public:
    /// Of the environment as it is now. Ends the process with a message where it makes no sense.
    static Pretence now();

    bool lacks(const std::string& feature) const { return lacking_.contains(feature); }
    bool has_extensions() const { return has_extensions_; }
    /// Knows neither what came with Vulkan 1.3 nor the extensions that it was before.
    bool is_old() const { return api_ != 0 && !has_extensions_; }

    void change(VkPhysicalDeviceProperties& properties) const;
    /// Of a chain of properties, those that are pretended.
    void change_properties(void* chain) const;
    /// Switches off what the device is said to lack. Ends the process where a structure is asked for that a
    /// driver of that version does not know.
    void change_features(void* chain) const;
    /// The feature of a chain that is switched on although the device is said to lack it, or null.
    const char* excess(const void* chain) const;

    /// As pretended, or empty where the device's own are to be seen.
    const std::vector<VkMemoryType>& memory_types() const { return memory_types_; }
    const std::vector<VkMemoryHeap>& memory_heaps() const { return memory_heaps_; }
    /// Other processes have all of the window's memory.
    bool window_is_full() const { return window_is_full_; }
    const std::vector<VkQueueFamilyProperties>& families() const { return families_; }

    /// A limit by its name, or `otherwise`.
    std::uint64_t limit(const std::string& name, std::uint64_t otherwise) const;

  private:
    void read(const std::string& word);
    void choose_memory(const std::string& kind);
    void choose_queues(const std::string& kind);

    std::uint32_t api_ = 0;
    int type_ = -1;
    bool has_controls_ = true, has_extensions_ = true, window_is_full_ = false, is_nvidias_ = false;
    std::set<std::string> lacking_;
    std::map<std::string, double> limits_;
    std::vector<VkMemoryType> memory_types_;
    std::vector<VkMemoryHeap> memory_heaps_;
    std::vector<VkQueueFamilyProperties> families_;
};

/// Ends the process: the driver above does what the pretended device does not allow, or a test is wrong.
[[noreturn]] void fail(const std::string& why);

}  // namespace sporkle::testing::pretended
