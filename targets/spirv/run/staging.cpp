#include "targets/spirv/run/staging.hpp"

#include <algorithm>
#include <cstring>
#include <deque>

#include <sporkle/error.hpp>

#include "targets/spirv/run/command.hpp"
#include "targets/spirv/run/engine.hpp"

namespace sporkle::spirv::vulkan {
namespace {

/// Two for each of two threads that transfer at the same time; more only wait for the same bus.
constexpr std::size_t most_lanes = 4;

}  // namespace

/// One buffer on the way, with the commands that fill or empty it.
struct Staging::Lane {
    Allocation buffer;
    CommandBuffer commands;
};

/// The lanes that one transfer uses, oldest first. Each is waited for before it is used again or given back.
class Staging::Transfer {
  public:
    explicit Transfer(Staging& staging) : staging_(staging) {
        // README, "NVIDIA's driver and threads".
        if (staging.engine_.gpu.physical().has_nvidia_driver()) alone_ = std::unique_lock(staging.transfers_);
    }

    /// Where an error ends the transfer early, lanes may still be in use; then the GPU is lost, nobody gets
    /// beyond asking for one, and whoever waits for one is to learn that.
    ~Transfer() {
        for (const Pending& pending : pending_) {
            try {
                pending.lane->commands.wait();
            } catch (const Error&) {
            }
            staging_.give(pending.lane);
        }
        if (current_ != nullptr) staging_.give(current_);
    }

    /// A lane to write to, for start(). `collect` gets the lanes that were done meanwhile, with their places.
    template <class Collect>
    Lane& next(Collect collect) {
        if (pending_.size() < most_lanes / 2) current_ = staging_.take(pending_.empty());
        if (current_ == nullptr) current_ = finish(collect);
        return *current_;
    }

    /// Submits the commands of the lane from next(); `place` is for `collect`.
    void start(std::uint64_t place) {
        current_->commands.submit();
        pending_.push_back({current_, place});
        current_ = nullptr;
    }

    template <class Collect>
    void drain(Collect collect) {
        while (!pending_.empty()) staging_.give(finish(collect));
    }

  private:
    struct Pending {
        Lane* lane;
        std::uint64_t place;
    };

    template <class Collect>
    Lane* finish(Collect collect) {
        const Pending oldest = pending_.front();
        oldest.lane->commands.wait();
        pending_.pop_front();
        collect(*oldest.lane, oldest.place);
        return oldest.lane;
    }

    Staging& staging_;
    std::unique_lock<std::mutex> alone_;
    std::deque<Pending> pending_;
    Lane* current_ = nullptr;
};

Staging::Staging(Engine& engine) : engine_(engine) {}

Staging::~Staging() {
    if (engine_.gpu.hangs()) return;
    for (const auto& lane : lanes_)
        if (lane->buffer.block != nullptr) engine_.transit.release(lane->buffer);
}

Staging::Lane* Staging::take(bool wait) {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (!free_.empty()) {
            Lane* lane = free_.back();
            free_.pop_back();
            return lane;
        }
        if (lanes_.size() + making_ < most_lanes) break;
        if (!wait) return nullptr;
        engine_.gpu.require_alive();
        freed_.wait(lock);
    }
    ++making_;
    lock.unlock();
    std::unique_ptr<Lane> lane;
    try {
        lane = make_lane();
    } catch (...) {
        lock.lock();
        --making_;
        freed_.notify_one();
        throw;
    }
    lock.lock();
    --making_;
    free_.reserve(most_lanes);
    lanes_.push_back(std::move(lane));
    return lanes_.back().get();
}

std::unique_ptr<Staging::Lane> Staging::make_lane() {
    auto lane = std::make_unique<Lane>(Lane{{}, CommandBuffer(engine_, engine_.copy_queue(), Work::copies)});
    lane->buffer = engine_.transit.allocate(chunk_bytes);
    return lane;
}

void Staging::give(Lane* lane) noexcept {
    const std::lock_guard lock(mutex_);
    free_.push_back(lane);
    freed_.notify_one();
}

void Staging::upload(const Allocation& to, std::uint64_t offset, const std::byte* from, std::uint64_t bytes) {
    Transfer transfer(*this);
    const auto nothing = [](const Lane&, std::uint64_t) {};
    for (std::uint64_t done = 0; done < bytes; done += chunk_bytes) {
        const std::uint64_t size = std::min(chunk_bytes, bytes - done);
        Lane& lane = transfer.next(nothing);
        std::memcpy(lane.buffer.host, from + done, size);
        lane.commands.begin(true);
        lane.commands.copy(lane.buffer, 0, to, offset + done, size);
        lane.commands.end(Work::copies, false);
        transfer.start(done);
    }
    transfer.drain(nothing);
}

void Staging::download(const Allocation& from, std::uint64_t offset, std::byte* to, std::uint64_t bytes) {
    Transfer transfer(*this);
    const auto collect = [&](const Lane& lane, std::uint64_t done) {
        std::memcpy(to + done, lane.buffer.host, std::min(chunk_bytes, bytes - done));
    };
    for (std::uint64_t done = 0; done < bytes; done += chunk_bytes) {
        const std::uint64_t size = std::min(chunk_bytes, bytes - done);
        Lane& lane = transfer.next(collect);
        lane.commands.begin(true);
        lane.commands.copy(from, offset + done, lane.buffer, 0, size);
        lane.commands.end(Work::copies, true);
        transfer.start(done);
    }
    transfer.drain(collect);
}

}  // namespace sporkle::spirv::vulkan
