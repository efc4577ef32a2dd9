#include "targets/spirv/run/command.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <utility>

#include <sporkle/error.hpp>

#include "targets/spirv/run/engine.hpp"

namespace sporkle::spirv::vulkan {

namespace {

constexpr std::uint32_t is_done = 1;

/// What commands of ours touch memory with, on a queue that runs kernels.
constexpr VkPipelineStageFlags our_stages =
    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
constexpr VkAccessFlags our_writes = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
constexpr VkAccessFlags our_accesses = our_writes | VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT;
constexpr VkAccessFlags host_accesses = VK_ACCESS_HOST_READ_BIT | VK_ACCESS_HOST_WRITE_BIT;

}  // namespace

CommandBuffer::CommandBuffer(Engine& engine, Queue& queue, Work use)
    : engine_(&engine), gpu_(&engine.gpu), queue_(&queue) {
    const DeviceFunctions& vk = gpu_->vk;
    const VkDevice device = gpu_->handle();
    VkCommandPoolCreateInfo pool{};
    pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    pool.queueFamilyIndex = queue.family();
    gpu_->check(vk.vkCreateCommandPool(device, &pool, nullptr, &pool_), "vkCreateCommandPool");
    try {
        VkCommandBufferAllocateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
        info.commandPool = pool_;
        info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
        info.commandBufferCount = 1;
        gpu_->check(vk.vkAllocateCommandBuffers(device, &info, &commands_), "vkAllocateCommandBuffers");
        if (use == Work::copies) return;
        const std::uint32_t bits = gpu_->physical().families[queue.family()].timestampValidBits;
        if (bits > 0) {
            clock_mask_ = bits >= 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << bits) - 1;
            VkQueryPoolCreateInfo queries{};
            queries.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
            queries.queryType = VK_QUERY_TYPE_TIMESTAMP;
            queries.queryCount = 2;
            gpu_->check(vk.vkCreateQueryPool(device, &queries, nullptr, &clock_), "vkCreateQueryPool");
        }
        if (engine.done_words) done_ = engine.signals.allocate(sizeof is_done);
    } catch (...) {
        vk.vkDestroyQueryPool(device, clock_, nullptr);
        vk.vkDestroyCommandPool(device, pool_, nullptr);
        throw;
    }
}

CommandBuffer::CommandBuffer(CommandBuffer&& other) noexcept
    : engine_(other.engine_),
      gpu_(other.gpu_),
      queue_(other.queue_),
      submission_(std::exchange(other.submission_, 0)),
      done_(std::exchange(other.done_, {})),
      notes_end_(other.notes_end_),
      pool_(std::exchange(other.pool_, VK_NULL_HANDLE)),
      commands_(other.commands_),
      bound_(other.bound_),
      clock_(std::exchange(other.clock_, VK_NULL_HANDLE)),
      clock_mask_(other.clock_mask_),
      is_timed_(other.is_timed_) {}

CommandBuffer::~CommandBuffer() {
    if (gpu_->hangs()) return;
    try {
        queue_->wait(submission_);
    } catch (const Error&) {
        if (gpu_->hangs()) return;  // else it is lost, and has done with it
    }
    if (done_.block != nullptr) engine_->signals.release(done_);
    gpu_->vk.vkDestroyQueryPool(gpu_->handle(), clock_, nullptr);
    gpu_->vk.vkDestroyCommandPool(gpu_->handle(), pool_, nullptr);
}

void CommandBuffer::begin(bool once) {
    queue_->wait(submission_);  // the word may have come before the GPU was through
    gpu_->check(gpu_->vk.vkResetCommandPool(gpu_->handle(), pool_, 0), "vkResetCommandPool");
    bound_ = VK_NULL_HANDLE;
    notes_end_ = is_timed_ = false;
    VkCommandBufferBeginInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    if (once)
        info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
    else if (done_.block != nullptr)  // again, before the GPU has told in the usual way that it is through
        info.flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT;
    gpu_->check(gpu_->vk.vkBeginCommandBuffer(commands_, &info), "vkBeginCommandBuffer");
}

void CommandBuffer::end(Work work, bool for_cpu) {
    const VkPipelineStageFlags cpu = for_cpu ? VK_PIPELINE_STAGE_HOST_BIT : 0;
    const VkAccessFlags cpu_accesses = for_cpu ? host_accesses : 0;
    // What the CPU is to read, the clock too, is certainly there only when the timeline says so.
    notes_end_ = work == Work::kernels && done_.block != nullptr && !is_timed_ && !for_cpu;
    if (work == Work::copies) {
        // The queue of copies may know nothing of shaders.
        barrier(VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT | cpu,
                VK_ACCESS_TRANSFER_WRITE_BIT,
                VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT | cpu_accesses);
    } else {
        // Naming what follows is quicker than MEMORY_READ and MEMORY_WRITE: drivers then empty caches that
        // kernels have not used.
        barrier(our_stages, our_stages | cpu, our_writes, our_accesses | cpu_accesses);
        if (notes_end_)  // behind it nothing, so that the GPU is soon ready for more
            gpu_->vk.vkCmdUpdateBuffer(commands_, done_.buffer, done_.offset, sizeof is_done, &is_done);
    }
    gpu_->check(gpu_->vk.vkEndCommandBuffer(commands_), "vkEndCommandBuffer");
}

void CommandBuffer::submit() {
    if (notes_end_)
        std::atomic_ref(*reinterpret_cast<std::uint32_t*>(done_.host)).store(0, std::memory_order_relaxed);
    submission_ = queue_->submit(commands_, notes_end_);
}

void CommandBuffer::wait() {
    if (notes_end_)
        queue_->wait_for_word(submission_, *reinterpret_cast<std::uint32_t*>(done_.host));
    else
        queue_->wait(submission_);
}

void CommandBuffer::barrier(VkPipelineStageFlags from, VkPipelineStageFlags to, VkAccessFlags written,
                            VkAccessFlags touched) {
    VkMemoryBarrier memory{};
    memory.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
    memory.srcAccessMask = written;
    memory.dstAccessMask = touched;
    gpu_->vk.vkCmdPipelineBarrier(commands_, from, to, 0, 1, &memory, 0, nullptr, 0, nullptr);
}

void CommandBuffer::copy(const Allocation& from, std::uint64_t from_offset, const Allocation& to,
                         std::uint64_t to_offset, std::uint64_t bytes) {
    const VkBufferCopy region{from.offset + from_offset, to.offset + to_offset, bytes};
    gpu_->vk.vkCmdCopyBuffer(commands_, from.buffer, to.buffer, 1, &region);
}

void CommandBuffer::clear(const Allocation& buffer, std::uint64_t offset, std::uint64_t bytes) {
    gpu_->vk.vkCmdFillBuffer(commands_, buffer.buffer, buffer.offset + offset, bytes, 0);
}

void CommandBuffer::dispatch(const DispatchCommand& command) {
    const DeviceFunctions& vk = gpu_->vk;
    if (command.after_barrier) barrier();
    if (bound_ != command.pipeline)
        vk.vkCmdBindPipeline(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, command.pipeline);
    bound_ = command.pipeline;
    push(command);
    bool is_first = true;
    const auto piece = [&](const std::int64_t(&first)[3], const std::uint32_t(&count)[3]) {
        if (!is_first) {
            if (command.arenas > 0) barrier();  // the next tasks get the arenas of these
            vk.vkCmdPushConstants(commands_, command.layout, VK_SHADER_STAGE_COMPUTE_BIT,
                                  offsetof(PushConstants, first), sizeof first, first);
        }
        is_first = false;
        vk.vkCmdDispatch(commands_, count[0], count[1], count[2]);
    };
    for_each_piece(command.grid, gpu_->physical().properties.limits.maxComputeWorkGroupCount, command.arenas,
                   piece);
}

void CommandBuffer::push(const DispatchCommand& command) {
    static_assert(sizeof(PushConstants) % sizeof(std::uint64_t) == 0);
    std::uint64_t pushed[most_pushed_bytes / sizeof(std::uint64_t)];
    std::memcpy(pushed, &command.constants, sizeof(PushConstants));
    std::copy(command.words.begin(), command.words.end(),
              pushed + sizeof(PushConstants) / sizeof(std::uint64_t));
    const std::size_t bytes = sizeof(PushConstants) + command.words.size_bytes();
    gpu_->vk.vkCmdPushConstants(commands_, command.layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                                static_cast<std::uint32_t>(bytes), pushed);
}

/// What follows may read and write what dispatches so far have written.
void CommandBuffer::barrier() {
    barrier(VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
            VK_ACCESS_SHADER_WRITE_BIT, VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT);
}

void CommandBuffer::start_clock() {
    if (clock_ == VK_NULL_HANDLE) return;
    is_timed_ = true;
    gpu_->vk.vkCmdResetQueryPool(commands_, clock_, 0, 2);
    // After the kernels of earlier submissions, which are not to count.
    gpu_->vk.vkCmdWriteTimestamp(commands_, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, clock_, 0);
}

void CommandBuffer::stop_clock() {
    if (clock_ == VK_NULL_HANDLE) return;
    gpu_->vk.vkCmdWriteTimestamp(commands_, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, clock_, 1);
}

double CommandBuffer::seconds() const {
    std::uint64_t ticks[2] = {};
    gpu_->check(gpu_->vk.vkGetQueryPoolResults(gpu_->handle(), clock_, 0, 2, sizeof ticks, ticks,
                                               sizeof ticks[0], VK_QUERY_RESULT_64_BIT),
                "vkGetQueryPoolResults");
    const double period = static_cast<double>(gpu_->physical().properties.limits.timestampPeriod);
    return static_cast<double>((ticks[1] - ticks[0]) & clock_mask_) * period * 1e-9;
}

}  // namespace sporkle::spirv::vulkan
