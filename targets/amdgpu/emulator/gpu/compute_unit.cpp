#include "targets/amdgpu/emulator/gpu/compute_unit.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "targets/amdgpu/emulator/gpu/code_cache.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr std::uint64_t line = line_bytes_of_cache;

std::byte* home_of(const Page& page, std::uint64_t address) {
    return page.host + address / line * line % page_bytes;
}

/// A lane's 1 to 16 bytes: lengths that the compiler knows become moves.
void copy_lane(std::byte* to, const std::byte* from, std::uint64_t bytes) {
    switch (bytes) {
        case 4:
            std::memcpy(to, from, 4);
            break;
        case 8:
            std::memcpy(to, from, 8);
            break;
        case 16:
            std::memcpy(to, from, 16);
            break;
        default:
            std::memcpy(to, from, bytes);
    }
}

/// Calls act(lane, address) for active lanes in ascending order until it returns a fault.
template <class Act>
AccessResult for_each_lane(const VectorAccess& access, Act&& act) {
    for (std::uint64_t mask = access.mask; mask != 0; mask &= mask - 1) {
        const auto lane = static_cast<std::size_t>(std::countr_zero(mask));
        if (AccessResult fault = act(lane, access.addresses[lane])) return fault;
    }
    return {};
}

}  // namespace

/// Which caches a load passes by, from the instruction's bits: LLVM's table of cache controls.
ComputeUnit::Level ComputeUnit::level_of(const CachePolicy& policy) const {
    switch (model_.chip->generation) {
        case amdgpu::Generation::gfx9:
        case amdgpu::Generation::gfx90a:
            return policy.glc ? Level::l2 : Level::own;
        case amdgpu::Generation::gfx942:  // glc is sc0, scc is sc1: device and system scope
            return policy.scc ? Level::l2 : Level::own;
        case amdgpu::Generation::gfx10:
            return policy.glc ? (policy.dlc ? Level::l2 : Level::gl1) : Level::own;
        case amdgpu::Generation::gfx11:
            return policy.glc ? Level::l2 : Level::own;
        case amdgpu::Generation::gfx12:
            return policy.scope >= 2 ? Level::l2 : policy.scope == 1 ? Level::gl1 : Level::own;
    }
    return Level::own;
}

/// The bytes of a line as `first` and what lies behind it have them. Good until the next call.
const std::byte* ComputeUnit::line_through(ReadCache* first, Level level, const Page& page, std::byte* home) {
    if (!page.cached) return home;
    if (level == Level::own && first) {
        if (const ReadCache::Line* found = first->find(home)) return found->bytes.data();
        const std::byte* behind = line_through(nullptr, Level::gl1, page, home);
        ReadCache::Line& made = first->make(home);
        std::memcpy(made.bytes.data(), behind, line);
        made.valid = true;
        return made.bytes.data();
    }
    if (level != Level::l2 && gl1_) {
        if (const ReadCache::Line* found = gl1_->find(home)) return found->bytes.data();
        const std::byte* behind = memory_.l2.read(home).bytes.data();
        ReadCache::Line& made = gl1_->make(home);
        std::memcpy(made.bytes.data(), behind, line);
        made.valid = true;
        return made.bytes.data();
    }
    return memory_.l2.read(home).bytes.data();
}

AccessResult ComputeUnit::read(ReadCache& own, Level level, Access access, std::uint64_t address,
                               std::uint64_t bytes, std::byte* to) {
    for (std::uint64_t done = 0; done < bytes;) {
        const std::uint64_t at = address + done, n = std::min(bytes - done, line - at % line);
        AccessFault fault;
        const Page* page = memory_.translate(at, access, fault);
        if (!page) return fault;
        std::memcpy(to + done, line_through(&own, level, *page, home_of(*page, at)) + at % line, n);
        done += n;
    }
    return {};
}

AccessResult ComputeUnit::load(const VectorAccess& access, std::byte* data) {
    const Level level = level_of(access.policy);
    ReadCache& vector = vector_of(access.compute_unit);
    const auto n = static_cast<std::uint64_t>(access.bytes);
    if (access.consecutive > 0)
        return read(vector, level, Access::read, access.addresses[0],
                    n * static_cast<std::uint64_t>(access.consecutive), data);
    std::uint64_t current = ~std::uint64_t{0};
    const std::byte* bytes = nullptr;
    return for_each_lane(access, [&](std::size_t lane, std::uint64_t address) -> AccessResult {
        if (address % line + n > line) {
            current = ~std::uint64_t{0};
            return read(vector, level, Access::read, address, n, data + lane * n);
        }
        if (address / line != current) {
            AccessFault fault;
            const Page* page = memory_.translate(address, Access::read, fault);
            if (!page) return fault;
            bytes = line_through(&vector, level, *page, home_of(*page, address));
            current = address / line;
        }
        copy_lane(data + lane * n, bytes + address % line, n);
        return {};
    });
}

AccessResult ComputeUnit::store(const VectorAccess& access, const std::byte* data) {
    ReadCache& vector = vector_of(access.compute_unit);
    const auto n = static_cast<std::uint64_t>(access.bytes);
    std::uint64_t current = ~std::uint64_t{0};
    std::byte* memory = nullptr;  // of a line that no cache keeps
    SecondLevel::Line* shared = nullptr;
    ReadCache::Line* own = nullptr;
    const auto write = [&](std::uint64_t address, const std::byte* from,
                           std::uint64_t bytes) -> AccessResult {
        if (address / line != current) {
            AccessFault fault;
            const Page* page = memory_.translate(address, Access::write, fault);
            if (!page) return fault;
            std::byte* const home = home_of(*page, address);
            memory = page->cached ? nullptr : home;
            shared = page->cached ? &memory_.l2.write(home) : nullptr;
            own = page->cached ? vector.find(home) : nullptr;
            if (page->cached && gl1_) gl1_->drop(home);
            current = address / line;
        }
        if (memory) {
            std::memcpy(memory + address % line, from, bytes);
            return {};
        }
        std::memcpy(shared->bytes.data() + address % line, from, bytes);
        shared->mark(address % line, bytes);
        if (own) std::memcpy(own->bytes.data() + address % line, from, bytes);
        return {};
    };
    if (access.consecutive > 0) {
        const std::uint64_t all = n * static_cast<std::uint64_t>(access.consecutive);
        for (std::uint64_t done = 0; done < all;) {
            const std::uint64_t at = access.addresses[0] + done,
                                here = std::min(all - done, line - at % line);
            if (AccessResult fault = write(at, data + done, here)) return fault;
            done += here;
        }
        return {};
    }
    return for_each_lane(access, [&](std::size_t lane, std::uint64_t address) -> AccessResult {
        const std::uint64_t here = std::min(n, line - address % line);
        if (AccessResult fault = write(address, data + lane * n, here)) return fault;
        return here < n ? write(address + here, data + lane * n + here, n - here) : AccessResult{};
    });
}

AccessResult ComputeUnit::atomic(const VectorAccess& access, AtomicOperation op, const std::byte* operands,
                                 std::byte* before) {
    const auto n = static_cast<std::size_t>(access.bytes);
    const auto count = static_cast<std::size_t>(atomic_operands(op));
    return for_each_lane(access, [&](std::size_t lane, std::uint64_t address) -> AccessResult {
        AccessFault fault;
        const Page* page = memory_.translate(address, Access::read, fault);
        if (page) page = memory_.translate(address, Access::write, fault);
        if (!page) return fault;
        std::byte* const home = home_of(*page, address);
        SecondLevel::Line* shared = page->cached ? &memory_.l2.read(home) : nullptr;
        std::byte* const cell = (shared ? shared->bytes.data() : home) + address % line;
        std::uint64_t old = 0, operand = 0, second = 0;
        std::memcpy(&old, cell, n);
        std::memcpy(&operand, operands + lane * n * count, n);
        if (count == 2) std::memcpy(&second, operands + lane * n * count + n, n);
        const std::uint64_t now = apply_atomic(op, access.bytes, old, operand, second);
        std::memcpy(cell, &now, n);
        if (before) std::memcpy(before + lane * n, &old, n);
        if (shared) {
            shared->mark(address % line, n);
            vector_of(access.compute_unit).drop(home);
            if (gl1_) gl1_->drop(home);
        }
        return {};
    });
}

AccessResult ComputeUnit::scalar_load(std::uint64_t address, int bytes, CachePolicy policy, std::byte* data) {
    return read(scalar_, level_of(policy), Access::read, address, static_cast<std::uint64_t>(bytes), data);
}

AccessResult ComputeUnit::fetch(std::uint64_t address, int bytes, std::byte* data) {
    // The instruction cache itself is CodeCache.
    return read(scalar_, Level::gl1, Access::execute, address, static_cast<std::uint64_t>(bytes), data);
}

AccessResult ComputeUnit::control(CacheOperation operation, CachePolicy policy, int compute_unit) {
    ReadCache& vector = vector_of(compute_unit);
    const bool gfx12 = model_.chip->is(amdgpu::Generation::gfx12);
    // Scopes: on gfx12 a field, on gfx942 sc0 (glc) and sc1 (scc) together mean the system.
    const bool system = gfx12 ? policy.scope == 3
                              : !model_.chip->is(amdgpu::Generation::gfx942) || (policy.glc && policy.scc);
    const bool device = gfx12 ? policy.scope >= 2 : true;
    switch (operation) {
        case CacheOperation::scalar_invalidate:
            scalar_.clear();
            break;
        case CacheOperation::scalar_write_back:  // it is never written
            break;
        case CacheOperation::instruction_invalidate:
            code_.invalidate();
            break;
        case CacheOperation::vector_l1_invalidate:
            vector.clear();
            break;
        case CacheOperation::gl1_invalidate:
            invalidate_gl1();
            break;
        case CacheOperation::write_back_l2:
        case CacheOperation::write_back:
            if (system) memory_.l2.write_back();
            break;
        case CacheOperation::invalidate_l2:
            memory_.l2.invalidate();
            break;
        case CacheOperation::write_back_invalidate:
            if (system) memory_.l2.write_back();
            [[fallthrough]];
        case CacheOperation::invalidate:
            if (!gfx12 || policy.scope >= 1) vector.clear();
            if (device) invalidate_gl1();
            if (system) memory_.l2.invalidate();
            break;
    }
    return {};
}

}  // namespace sporkle::amdgpu::emulator
