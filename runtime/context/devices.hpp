// The devices of a Context, opened when they are first wanted.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/device.hpp"

namespace sporkle::runtime {

class Devices {
  public:
    /// `wanted` names devices or families; where it is empty, all are. Throws Error(unknown_device) for a
    /// word that no target of this build knows. The executor outlives this.
    Devices(Executor& executor, std::vector<std::string> wanted);

    /// Opens everything. The CPU comes first.
    std::vector<Device*> all();
    /// Those whose code is for one of the targets. Opens them.
    std::vector<Device*> of_targets(const std::set<std::string>& targets);
    /// Those that work on the process's memory. Opens nothing.
    std::vector<Device*> on_process_memory();
    /// Null where there is none of that name. Opens what is of its family.
    Device* named(std::string_view name);
    /// Whether a call that names no device may be run there.
    bool chosen_freely(const Device& device) const;
    /// Throws Error(device_failure) for a device that was opened before this process was forked, unless it
    /// works on the process's memory.
    void expect_usable(Device& device) const;
    /// What there is to say of devices that are not there. Opens everything.
    std::vector<std::string> absences();

  private:
    struct Family {
        const RunTarget* target = nullptr;
        std::once_flag opened;
        std::vector<std::unique_ptr<Device>> devices;
        std::vector<std::string> notes;
        std::uint64_t generation = 0;  ///< of forks, when it was opened
    };
    bool is_wanted(const Family& family) const;
    void open(Family& family);

    Executor& executor_;
    const std::vector<std::string> wanted_;
    std::deque<Family> families_;
};

}  // namespace sporkle::runtime
