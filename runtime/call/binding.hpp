// Binding: a variant bound to one call at a time, with the memory that its code needs beyond the caller's.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/bundle/bundle.hpp"
#include "runtime/call/call.hpp"
#include "runtime/call/scratch.hpp"
#include "runtime/call/staging.hpp"
#include "runtime/device.hpp"
#include "runtime/threads/fork.hpp"

namespace sporkle::runtime {

class Binding {
  public:
    /// All of them outlive the binding, but for the sizes, which are needed up to `use`.
    struct Parts {
        const bundle::Variant& variant;
        Device& device;
        const Executable& executable;
        const Sizes& sizes;
        const Arrangement& arrangement;
        const Facts& facts;
    };
    explicit Binding(const Parts& parts);
    /// Makes the memory on the device that operands may need, before scratch takes it.
    void reserve() {
        if (staging_) staging_->reserve();
    }
    /// Gives the code its scratch memory, without which it cannot run: at least the bytes of the need.
    /// Bindings that never run at the same time may share it.
    void use(const ScratchNeed& need, std::shared_ptr<const ScratchMemory> memory);

    /// Tells in the launch what it touches, for good: no other call may be taken afterwards.
    void note_touched(const Program& program);

    /// Takes the addresses and scalars of a call of the same workload.
    void take(const Call& call) { arrangement_->write_words(call, words_.data()); }
    /// The three steps of a call that was taken. They throw Error.
    void bring_in(const Call& call) {
        if (staging_) staging_->bring_in(call, words_.data());
    }
    void execute(double* device_seconds = nullptr) const {
        expect_usable();
        executable_->run(launch_, device_seconds);
    }
    void bring_back(const Call& call) {
        if (staging_) staging_->bring_back(call);
    }

    /// Throws Error(device_failure) in a child of the process that opened the device.
    void expect_usable() const {
        if (own_memory_) expect_same_process(*device_, generation_);
    }
    /// Whether there is nothing to be brought in or back.
    bool plain() const { return staging_ == nullptr; }
    const Executable& executable() const { return *executable_; }
    const Launch& launch() const { return launch_; }

  private:
    Device* device_;
    const Executable* executable_;
    const Arrangement* arrangement_;
    const bundle::Variant* variant_;
    const Sizes* sizes_;
    int first_scratch_;
    std::vector<std::uint64_t> words_;
    std::vector<Grid> grids_;
    std::vector<Touched> touched_;
    std::shared_ptr<const ScratchMemory> memory_;
    std::unique_ptr<Staging> staging_;
    Launch
        launch_;  ///< points into the members above, whose memory stays where it is when a Binding is moved
    bool own_memory_;
    std::uint64_t generation_;  ///< of forks, when this was made
};

}  // namespace sporkle::runtime
