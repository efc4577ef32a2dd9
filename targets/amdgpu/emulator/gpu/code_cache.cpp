#include "targets/amdgpu/emulator/gpu/code_cache.hpp"

#include <cstring>
#include <vector>

namespace sporkle::amdgpu::emulator {
namespace {

/// Programs of kernels that are long gone are not kept for ever.
constexpr std::size_t most_programs = 512;

}  // namespace

/// A program and the bytes that it was decoded from.
class CodeCache::Recorded final : public Memory {
  public:
    Recorded(const emulator::Chip& chip, int wave_size, std::uint64_t entry, Memory& unit,
             std::uint64_t generation)
        : generation_(generation), unit_(&unit), program_(chip, wave_size, *this, entry) {}

    Program& program() { return program_; }

    /// Whether memory still has the bytes, asked once in a generation.
    bool is_current(Memory& unit, std::uint64_t generation) {
        unit_ = &unit;
        if (generation == generation_) return true;
        for (const auto& [address, bytes] : fetched_) {
            std::vector<std::byte> now(bytes.size());
            const bool fault = unit.fetch(address, static_cast<int>(now.size()), now.data()).has_value();
            if (fault || now != bytes) return false;
        }
        for (const std::uint64_t address : missing_) {
            std::byte byte;
            if (!unit.fetch(address, 1, &byte)) return false;
        }
        generation_ = generation;
        return true;
    }

    AccessResult fetch(std::uint64_t address, int bytes, std::byte* data) override {
        AccessResult fault = unit_->fetch(address, bytes, data);
        if (fault)
            missing_.push_back(address);
        else
            fetched_.emplace_back(address, std::vector<std::byte>(data, data + bytes));
        return fault;
    }
    AccessResult load(const VectorAccess&, std::byte*) override { return refusal(); }
    AccessResult store(const VectorAccess&, const std::byte*) override { return refusal(); }
    AccessResult atomic(const VectorAccess&, AtomicOperation, const std::byte*, std::byte*) override {
        return refusal();
    }
    AccessResult scalar_load(std::uint64_t, int, CachePolicy, std::byte*) override { return refusal(); }
    AccessResult control(CacheOperation, CachePolicy, int) override { return refusal(); }

  private:
    static AccessResult refusal() { return AccessFault{0, "the instruction cache only fetches"}; }

    std::uint64_t generation_;
    Memory* unit_;
    std::vector<std::pair<std::uint64_t, std::vector<std::byte>>> fetched_;
    std::vector<std::uint64_t> missing_;
    Program program_;  // the last one: it fetches while it is made
};

CodeCache::CodeCache(const emulator::Chip& chip) : chip_(chip) {}
CodeCache::~CodeCache() = default;

Program& CodeCache::program(const PageTable& table, int wave_size, std::uint64_t entry, Memory& unit) {
    const auto key = std::tuple(table.number(), entry, wave_size);
    if (const auto found = programs_.find(key); found != programs_.end()) {
        if (found->second->is_current(unit, generation_)) return found->second->program();
        programs_.erase(found);
    }
    if (programs_.size() >= most_programs) programs_.clear();
    auto made = std::make_unique<Recorded>(chip_, wave_size, entry, unit, generation_);
    return (programs_[key] = std::move(made))->program();
}

}  // namespace sporkle::amdgpu::emulator
