#include "tests/emit/device_call.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace sporkle::test {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::byte guard{0xa5};  ///< stands before and behind every buffer
constexpr std::size_t guard_bytes = 256;

/// A buffer of the device between guards.
class Placed {
  public:
    Placed(runtime::Device& device, const Contents& contents)
        : memory_(*device.memory()),
          size_(contents.bytes.size()),
          before_(guard_bytes),
          buffer_(memory_.allocate(size_ + 2 * guard_bytes)) {
        Bytes bytes(size_ + 2 * guard_bytes, guard);
        std::copy(contents.bytes.begin(), contents.bytes.end(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(before_));
        memory_.upload(*buffer_, 0, bytes.data(), bytes.size());
        base_ = buffer_->address() + before_ -
                static_cast<std::uint64_t>(contents.lowest * size_of(contents.dtype));
    }
    std::uint64_t base() const { return base_; }

    Bytes contents() const {
        Bytes bytes(size_ + 2 * guard_bytes);
        memory_.download(*buffer_, 0, bytes.data(), bytes.size());
        const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(before_);
        const auto last = first + static_cast<std::ptrdiff_t>(size_);
        const auto is_guard = [](std::byte b) { return b == guard; };
        EXPECT_TRUE(std::all_of(bytes.begin(), first, is_guard)) << "bytes before a buffer were written";
        EXPECT_TRUE(std::all_of(last, bytes.end(), is_guard)) << "bytes behind a buffer were written";
        return {first, last};
    }

  private:
    runtime::DeviceMemory& memory_;
    std::size_t size_, before_;
    std::unique_ptr<runtime::DeviceBuffer> buffer_;
    std::uint64_t base_ = 0;
};

}  // namespace

std::vector<Bytes> executed(runtime::Device& device, const bundle::Bundle& bundle, const tile::Kernel& kernel,
                            const Call& call) {
    const auto executable = device.load(bundle, bundle.kernels[0].variants[0]);
    std::vector<Placed> buffers;
    std::vector<std::uint64_t> words = call.parameters;
    words.resize(static_cast<std::size_t>(kernel.parameter_words));
    for (std::size_t b = 0; b < kernel.buffers.size(); ++b) {
        buffers.emplace_back(device, b < call.buffers.size() ? call.buffers[b] : Contents{});
        if (kernel.buffers[b].space == tile::Space::global)
            words[static_cast<std::size_t>(kernel.buffers[b].word)] = buffers.back().base();
    }
    runtime::Grid grid;
    for (std::size_t d = 0; d < 3; ++d) grid.size[d] = call.grid[d];
    grid.tasks = grid.size[0] * grid.size[1] * grid.size[2];
    constexpr int arenas = 3;  // so that grids go in pieces
    const std::size_t arena_bytes = (static_cast<std::size_t>(call.task_bytes) + 63) / 64 * 64;
    const auto scratch = device.memory()->allocate(arenas * arena_bytes);
    runtime::Launch launch;
    launch.words = words.data();
    launch.word_count = words.size();
    launch.grids = {&grid, 1};
    launch.threads = arenas;
    launch.arenas = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(scratch->address()));
    launch.arena_bytes = arena_bytes;
    executable->run(launch);
    std::vector<Bytes> contents;
    for (const Placed& buffer : buffers) contents.push_back(buffer.contents());
    return contents;
}

}  // namespace sporkle::test
