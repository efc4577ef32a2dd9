#include "tests/amdgpu_emulator/client.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>

#include "targets/amdgpu/pm4/packets/header.hpp"

namespace sporkle::testing {
namespace {

constexpr std::uint64_t page = 4096;

void expect(int result, const char* what) {
    if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(-result));
}

}  // namespace

Client::Client(const std::string& name, const amdgpu::emulator::KernelOptions& options)
    : kernel({name}, options), chip(amdgpu::chip_named(name)) {
    fd = kernel.open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    expect(fd, "open");
    expect(make_context(context), "CTX");
}

Client::~Client() {
    for (const ClientBuffer& buffer : buffers_) kernel.munmap(buffer.host, buffer.bytes);
    kernel.close(fd);
}

int Client::make_context(std::uint32_t& number, std::int32_t priority) {
    drm_amdgpu_ctx request{};
    request.in.op = AMDGPU_CTX_OP_ALLOC_CTX;
    request.in.priority = priority;
    const int result = this->request(DRM_IOCTL_AMDGPU_CTX, &request);
    if (result == 0) number = request.out.alloc.ctx_id;
    return result;
}

int Client::create(std::uint64_t bytes, std::uint64_t domains, std::uint64_t flags, std::uint32_t& handle) {
    drm_amdgpu_gem_create request{};
    request.in.bo_size = bytes;
    request.in.alignment = page;
    request.in.domains = domains;
    request.in.domain_flags = flags;
    const int result = this->request(DRM_IOCTL_AMDGPU_GEM_CREATE, &request);
    if (result == 0) handle = request.out.handle;
    return result;
}

int Client::map(std::uint32_t handle, std::uint64_t address, std::uint64_t bytes, std::uint32_t flags,
                std::uint32_t operation, std::uint64_t offset) {
    drm_amdgpu_gem_va request{};
    request.handle = handle;
    request.operation = operation;
    request.flags = flags;
    request.va_address = address;
    request.offset_in_bo = offset;
    request.map_size = bytes;
    return this->request(DRM_IOCTL_AMDGPU_GEM_VA, &request);
}

ClientBuffer Client::allocate(std::uint64_t bytes, std::uint32_t flags, std::uint64_t create_flags) {
    ClientBuffer made;
    made.bytes = (bytes + page - 1) / page * page;
    made.address = next_address_;
    next_address_ += (made.bytes + 0x1ffff) / 0x10000 * 0x10000;
    expect(create(made.bytes, AMDGPU_GEM_DOMAIN_GTT, create_flags, made.handle), "GEM_CREATE");
    expect(map(made.handle, made.address, made.bytes, flags), "GEM_VA");
    drm_amdgpu_gem_mmap place{};
    place.in.handle = made.handle;
    expect(request(DRM_IOCTL_AMDGPU_GEM_MMAP, &place), "GEM_MMAP");
    void* host = nullptr;
    expect(kernel.mmap(made.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                       static_cast<std::int64_t>(place.out.addr_ptr), &host),
           "mmap");
    made.host = static_cast<std::byte*>(host);
    buffers_.push_back(made);
    return made;
}

void Client::unmap(const ClientBuffer& buffer) {
    expect(map(buffer.handle, buffer.address, buffer.bytes, 0, AMDGPU_VA_OP_UNMAP), "GEM_VA");
}

std::vector<std::uint32_t> Client::handles() const {
    std::vector<std::uint32_t> all;
    for (const ClientBuffer& buffer : buffers_) all.push_back(buffer.handle);
    return all;
}

int Client::submit(const Submission& s, std::uint64_t& number) {
    drm_amdgpu_cs_chunk_ib ib{};
    ib.flags = s.flags;
    ib.va_start = s.address;
    ib.ib_bytes = s.bytes;
    ib.ip_type = AMDGPU_HW_IP_COMPUTE;
    ib.ring = s.ring;
    std::vector<drm_amdgpu_bo_list_entry> entries;
    for (const std::uint32_t handle : s.handles) entries.push_back({handle, 0});
    drm_amdgpu_bo_list_in list{};
    list.operation = ~0u;
    list.list_handle = ~0u;
    list.bo_number = static_cast<std::uint32_t>(entries.size());
    list.bo_info_size = sizeof(drm_amdgpu_bo_list_entry);
    list.bo_info_ptr = reinterpret_cast<std::uintptr_t>(entries.data());
    std::vector<drm_amdgpu_cs_chunk> chunks{
        {AMDGPU_CHUNK_ID_IB, sizeof(ib) / 4, reinterpret_cast<std::uintptr_t>(&ib)},
        {AMDGPU_CHUNK_ID_BO_HANDLES, sizeof(list) / 4, reinterpret_cast<std::uintptr_t>(&list)}};
    chunks.insert(chunks.end(), s.more.begin(), s.more.end());
    std::vector<std::uint64_t> pointers;
    for (const drm_amdgpu_cs_chunk& chunk : chunks)
        pointers.push_back(reinterpret_cast<std::uintptr_t>(&chunk));
    drm_amdgpu_cs request{};
    request.in.ctx_id = s.context != 0 ? s.context : context;
    request.in.num_chunks = static_cast<std::uint32_t>(chunks.size());
    request.in.chunks = reinterpret_cast<std::uintptr_t>(pointers.data());
    const int result = this->request(DRM_IOCTL_AMDGPU_CS, &request);
    if (result == 0) number = request.out.handle;
    return result;
}

int Client::wait(std::uint64_t number, std::uint64_t timeout, bool* busy, std::uint32_t ring,
                 std::uint32_t of_context) {
    drm_amdgpu_wait_cs request{};
    request.in.handle = number;
    request.in.timeout = timeout;
    request.in.ip_type = AMDGPU_HW_IP_COMPUTE;
    request.in.ring = ring;
    request.in.ctx_id = of_context != 0 ? of_context : context;
    const int result = this->request(DRM_IOCTL_AMDGPU_WAIT_CS, &request);
    if (busy != nullptr && result == 0) *busy = request.out.status != 0;
    return result;
}

ClientBuffer Client::packets(std::span<const std::uint32_t> words, std::uint32_t& padded_bytes) {
    const std::size_t padded = (words.size() + 7) / 8 * 8;
    const ClientBuffer buffer = allocate(padded * 4);
    std::copy(words.begin(), words.end(), buffer.words());
    std::fill(buffer.words() + words.size(), buffer.words() + padded, amdgpu::pm4::nop_word);
    padded_bytes = static_cast<std::uint32_t>(padded * 4);
    return buffer;
}

int Client::run(std::span<const std::uint32_t> words, std::uint32_t ib_flags) {
    Submission submission;
    submission.address = packets(words, submission.bytes).address;
    submission.handles = handles();
    submission.flags = ib_flags;
    std::uint64_t number = 0;
    const int result = submit(submission, number);
    return result < 0 ? result : wait(number);
}

std::string Client::faults() const {
    std::string all;
    for (const std::string& fault : kernel.faults()) all += (all.empty() ? "" : "\n") + fault;
    return all;
}

}  // namespace sporkle::testing
