#include "targets/amdgpu/emulator/kernel/node.hpp"

#include <cerrno>
#include <cstring>

#include <amdgpu_drm.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu::emulator {
namespace {

constexpr std::size_t remembered_dispatches = 65536;

GpuModel with_memory(GpuModel model, const KernelOptions& options) {
    model.vram_bytes = options.vram_bytes;
    model.gtt_bytes = options.gtt_bytes;
    return model;
}

}  // namespace

Node::Node(const GpuModel& model, Shared& shared)
    : shared_(shared),
      model_(with_memory(model, shared.options)),
      memory_(std::make_shared<SharedMemory>(model_.vram_bytes, model_.gtt_bytes)),
      gpu_(model_) {
    gpu_.options.order_seed = shared.options.order_seed;
    gpu_.options.instruction_limit = shared.options.instruction_limit;
    gpu_.poll_limit_seconds = shared.options.poll_limit_seconds;
    gpu_.on_dispatch = [this](const DispatchReport& report) {
        const std::lock_guard lock(shared_.mutex);
        if (dispatches_.size() == remembered_dispatches) dispatches_.clear();
        dispatches_.push_back(report);
    };
    for (std::uint32_t ring = 0; ring < compute_rings; ++ring) rings_.emplace_back(gpu_);
    worker_ = std::thread([this] { work(); });
}

Node::~Node() {
    {
        const std::lock_guard lock(shared_.mutex);
        ending_ = true;
        gpu_.stop = true;
    }
    shared_.changed.notify_all();
    worker_.join();
}

std::uint64_t Node::visible_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& weak : vram_buffers_)
        if (const auto buffer = weak.lock(); buffer && buffer->flags & AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED)
            bytes += buffer->bytes;
    return bytes;
}

void Node::submit(std::unique_ptr<Job> job) {
    jobs_.push_back(std::move(job));
    shared_.changed.notify_all();
}

void Node::hold(bool is_held) {
    held_ = is_held;
    shared_.changed.notify_all();
}

/// Of those that wait for nothing, the one of highest priority; of equals, the first. A queue keeps its
/// order.
std::deque<std::unique_ptr<Job>>::iterator Node::next_job() {
    auto best = jobs_.end();
    if (held_) return best;
    for (auto job = jobs_.begin(); job != jobs_.end(); ++job) {
        const bool is_first = std::none_of(jobs_.begin(), job, [&](const auto& earlier) {
            return earlier->context == (*job)->context && earlier->ring == (*job)->ring;
        });
        if (!is_first || !all_signaled((*job)->dependencies)) continue;
        if (best == jobs_.end() || (*job)->context->priority > (*best)->context->priority) best = job;
    }
    return best;
}

void Node::work() {
    std::unique_lock lock(shared_.mutex);
    for (;;) {
        auto next = jobs_.end();
        shared_.changed.wait(lock, [&] { return ending_ || (next = next_job()) != jobs_.end(); });
        if (ending_) return;
        const std::unique_ptr<Job> job = std::move(*next);
        jobs_.erase(next);
        if (job->context->guilty || job->context->vram_losses != vram_losses_) {
            end(*job, -ECANCELED);
            continue;
        }
        lock.unlock();
        std::string fault;
        try {
            execute(*job);
        } catch (const std::exception& error) {
            fault = error.what();
        }
        lock.lock();
        if (fault.empty())
            end(*job, 0);
        else
            reset(*job, fault);
    }
}

void Node::execute(const Job& job) {
    gpu_.memory.enter(*job.table, job.residency);
    CommandProcessor& ring = rings_[job.ring];
    bool keep_caches = false;
    for (const Job::Buffer& buffer : job.buffers) {
        if (!shared_.options.copies) expect_no_copies(buffer);
        if (buffer.acquire) ring.acquire_everything();
        ring.execute(buffer.address, buffer.words);
        keep_caches = keep_caches || buffer.keep_caches;
    }
    ring.finish(keep_caches);
}

void Node::expect_no_copies(const Job::Buffer& buffer) {
    std::vector<std::uint32_t> words(buffer.words);
    if (gpu_.memory.read_packets(buffer.address, words.data(), words.size() * 4))
        return;  // execute will tell
    for (std::size_t position = 0; position < words.size();) {
        const pm4::Packet packet = pm4::decode_packet(words, position, *gpu_.model.chip);
        if (packet.as<pm4::DmaData>()) throw GpuFault("DMA_DATA: this command processor copies nothing");
        position += packet.words();
    }
}

void Node::end(Job& job, int error) {
    if (error == 0 && job.user_fence)
        std::memcpy(job.user_fence->host + job.user_fence_offset, &job.number, sizeof(job.number));
    job.fence->error = error;
    job.fence->signaled = true;
    shared_.changed.notify_all();
}

void Node::reset(Job& job, const std::string& fault) {
    shared_.note(formatted("%s: context %u, ring %u, submission %llu: %s", gpu_.model.chip->name,
                           job.context->number, job.ring, static_cast<unsigned long long>(job.number),
                           fault.c_str()));
    // Whatever way it recovers, what compute units and L2 held of the job is lost.
    gpu_.memory.l2.discard();
    for (const auto& unit : gpu_.units.units) {
        unit->invalidate_vector();
        unit->invalidate_scalar();
        unit->invalidate_gl1();
    }
    gpu_.units.code.invalidate();
    if (shared_.options.soft_recovery) {
        rings_[job.ring].reset();
        end(job, -ENODATA);
        return;
    }
    for (CommandProcessor& ring : rings_) ring.reset();
    ++resets_;
    job.context->guilty = true;
    ++job.context->hangs;
    if (shared_.options.reset_loses_vram) {
        ++vram_losses_;
        for (const auto& weak : vram_buffers_)
            if (const auto buffer = weak.lock()) std::memset(buffer->host, 0xdb, buffer->bytes);
    }
    end(job, -ETIME);
}

}  // namespace sporkle::amdgpu::emulator
