#include "targets/spirv/run/command.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sporkle::spirv::vulkan {

CommandBuffer::CommandBuffer(Gpu& gpu, std::uint32_t family, bool with_clock) : gpu_(&gpu) {
    VkCommandPoolCreateInfo pool{};
    pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    pool.queueFamilyIndex = family;
    gpu.check(gpu.vk.vkCreateCommandPool(gpu.handle(), &pool, nullptr, &pool_), "vkCreateCommandPool");
    VkCommandBufferAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.commandPool = pool_;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    VkResult result = gpu.vk.vkAllocateCommandBuffers(gpu.handle(), &info, &commands_);
    const std::uint32_t bits = gpu.physical().families[family].timestampValidBits;
    if (result == VK_SUCCESS && with_clock && bits > 0) {
        clock_mask_ = bits >= 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << bits) - 1;
        VkQueryPoolCreateInfo queries{};
        queries.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
        queries.queryType = VK_QUERY_TYPE_TIMESTAMP;
        queries.queryCount = 2;
        result = gpu.vk.vkCreateQueryPool(gpu.handle(), &queries, nullptr, &clock_);
    }
    if (result != VK_SUCCESS) gpu.vk.vkDestroyCommandPool(gpu.handle(), pool_, nullptr);
    gpu.check(result, "vkAllocateCommandBuffers");
}

CommandBuffer::CommandBuffer(CommandBuffer&& other) noexcept
    : gpu_(other.gpu_),
      pool_(std::exchange(other.pool_, VK_NULL_HANDLE)),
      commands_(other.commands_),
      clock_(std::exchange(other.clock_, VK_NULL_HANDLE)),
      clock_mask_(other.clock_mask_) {}

CommandBuffer::~CommandBuffer() {
    if (gpu_->hangs()) return;
    gpu_->vk.vkDestroyQueryPool(gpu_->handle(), clock_, nullptr);
    gpu_->vk.vkDestroyCommandPool(gpu_->handle(), pool_, nullptr);
}

void CommandBuffer::begin(bool once) {
    gpu_->check(gpu_->vk.vkResetCommandPool(gpu_->handle(), pool_, 0), "vkResetCommandPool");
    bound_ = VK_NULL_HANDLE;
    VkCommandBufferBeginInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    info.flags = once ? VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT : 0;
    gpu_->check(gpu_->vk.vkBeginCommandBuffer(commands_, &info), "vkBeginCommandBuffer");
}

void CommandBuffer::end(Work work, bool for_cpu) {
    const bool kernels = work == Work::kernels;
    VkMemoryBarrier all{};
    all.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
    all.srcAccessMask = kernels ? VK_ACCESS_SHADER_WRITE_BIT : VK_ACCESS_TRANSFER_WRITE_BIT;
    all.dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
    const VkPipelineStageFlags writers =
        kernels ? VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT : VK_PIPELINE_STAGE_TRANSFER_BIT;
    // The queue of copies may know nothing of shaders.
    VkPipelineStageFlags readers = kernels ? writers | VK_PIPELINE_STAGE_TRANSFER_BIT
                                           : VkPipelineStageFlags(VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
    if (for_cpu) {
        all.dstAccessMask |= VK_ACCESS_HOST_READ_BIT | VK_ACCESS_HOST_WRITE_BIT;
        readers |= VK_PIPELINE_STAGE_HOST_BIT;
    }
    gpu_->vk.vkCmdPipelineBarrier(commands_, writers, readers, 0, 1, &all, 0, nullptr, 0, nullptr);
    gpu_->check(gpu_->vk.vkEndCommandBuffer(commands_), "vkEndCommandBuffer");
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
    if (bound_ != command.pipeline)
        vk.vkCmdBindPipeline(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, command.pipeline);
    bound_ = command.pipeline;
    vk.vkCmdPushConstants(commands_, command.layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(PushConstants),
                          &command.constants);
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

void CommandBuffer::barrier() {
    VkMemoryBarrier memory{};
    memory.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
    memory.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT;
    memory.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
    gpu_->vk.vkCmdPipelineBarrier(commands_, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                                  VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &memory, 0, nullptr, 0,
                                  nullptr);
}

void CommandBuffer::start_clock() {
    if (clock_ == VK_NULL_HANDLE) return;
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
