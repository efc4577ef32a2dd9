// A command buffer with a pool of its own: whoever holds it records without regard to others. It always goes
// to the same queue.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "runtime/device.hpp"
#include "targets/spirv/interface/push_constants.hpp"
#include "targets/spirv/run/pool.hpp"

namespace sporkle::spirv::vulkan {

class Engine;
class Queue;

/// One dispatch of a launch, ready to be recorded.
struct DispatchCommand {
    bool after_barrier = false;  ///< sees what dispatches before it have written
    VkPipeline pipeline = VK_NULL_HANDLE;
    VkPipelineLayout layout = VK_NULL_HANDLE;
    runtime::Grid grid;
    PushConstants constants;               ///< `first` is that of the first piece: 0
    std::int64_t arenas = 0;               ///< tasks that may run at once; 0 where they use no arenas
    std::span<const std::uint64_t> words;  ///< of the parameter block, those that are pushed
};

/// What a command buffer holds.
enum class Work { kernels, copies };

class CommandBuffer {
  public:
    /// For kernels there are a clock and, where Engine::done_words says so, a word of the process's memory in
    /// which the GPU notes that it is done. Throws Error(out_of_memory), Error(device_failure).
    CommandBuffer(Engine& engine, Queue& queue, Work use);
    CommandBuffer(CommandBuffer&& other) noexcept;
    CommandBuffer& operator=(CommandBuffer&&) = delete;
    ~CommandBuffer();

    /// Drops what was recorded.
    void begin(bool once);
    /// Makes everything written so far visible to all that follows on this queue, and to the CPU where that
    /// is to read it.
    void end(Work work, bool for_cpu);
    void submit();
    /// Returns when the results of the last submission are there.
    void wait();
    void run() {
        submit();
        wait();
    }

    void copy(const Allocation& from, std::uint64_t from_offset, const Allocation& to,
              std::uint64_t to_offset, std::uint64_t bytes);
    void clear(const Allocation& buffer, std::uint64_t offset, std::uint64_t bytes);  ///< multiples of 4
    /// Runs the dispatch, in as many pieces as the GPU's limits and the arenas ask for.
    void dispatch(const DispatchCommand& command);
    /// First and last thing between begin and end where the time between them is wanted.
    void start_clock();
    void stop_clock();
    bool has_clock() const { return clock_ != VK_NULL_HANDLE; }
    /// Seconds between the two, once the work is done; only where there is a clock.
    double seconds() const;

  private:
    void barrier();
    void barrier(VkPipelineStageFlags from, VkPipelineStageFlags to, VkAccessFlags written,
                 VkAccessFlags touched);
    void push(const DispatchCommand& command);

    Engine* engine_;
    Gpu* gpu_;
    Queue* queue_;
    std::uint64_t submission_ = 0;  ///< the last one; 0 for none
    Allocation done_;               ///< the word; without memory where there is none
    bool notes_end_ = false;        ///< what is recorded writes it
    VkCommandPool pool_ = VK_NULL_HANDLE;
    VkCommandBuffer commands_ = VK_NULL_HANDLE;
    VkPipeline bound_ = VK_NULL_HANDLE;
    VkQueryPool clock_ = VK_NULL_HANDLE;
    std::uint64_t clock_mask_ = 0;
    bool is_timed_ = false;  ///< what is recorded starts the clock
};

/// Calls piece(first, count) for boxes that cover the grid, each within `limit` along each dimension and of
/// at most `most_tasks` tasks (0: any number).
template <class Piece>
void for_each_piece(const runtime::Grid& grid, const std::uint32_t (&limit)[3], std::int64_t most_tasks,
                    Piece piece) {
    std::int64_t step[3], room = most_tasks > 0 ? most_tasks : INT64_MAX;
    for (int d = 0; d < 3; ++d) {
        step[d] = std::min({grid.size[d], static_cast<std::int64_t>(limit[d]), room});
        if (step[d] <= 0) return;
        room /= step[d];
    }
    std::int64_t first[3];
    for (first[2] = 0; first[2] < grid.size[2]; first[2] += step[2])
        for (first[1] = 0; first[1] < grid.size[1]; first[1] += step[1])
            for (first[0] = 0; first[0] < grid.size[0]; first[0] += step[0]) {
                std::uint32_t count[3];
                for (int d = 0; d < 3; ++d)
                    count[d] = static_cast<std::uint32_t>(std::min(step[d], grid.size[d] - first[d]));
                piece(first, count);
            }
}

}  // namespace sporkle::spirv::vulkan
