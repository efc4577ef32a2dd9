// LLVM IR text → AMD machine code in memory, for tests, and a memory to run it on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "targets/amdgpu/emulator/isa/workgroup.hpp"

namespace sporkle::testing {

/// Of a kernel descriptor: what the test launcher needs.
struct KernelDescriptor {
    std::uint64_t entry = 0;  ///< of the code, in the loaded image
    std::uint32_t lds_bytes = 0, scratch_bytes = 0, rsrc1 = 0, rsrc2 = 0, rsrc3 = 0;
    std::uint16_t properties = 0;
};

struct LoadedCode {
    std::vector<std::byte> image;  ///< as mapped: sections at their addresses
    std::map<std::string, KernelDescriptor> kernels;
};

/// Compiles a module for a chip and links it. Throws std::runtime_error with LLVM's message.
LoadedCode compile(const std::string& ir, const std::string& chip);

/// Flat memory: named ranges, everything else faults.
class TestMemory : public amdgpu::emulator::Memory {
  public:
    /// A new range of so many bytes, filled with `fill`; its address.
    std::uint64_t allocate(std::size_t bytes, int fill = 0);
    std::byte* at(std::uint64_t address, std::size_t bytes);  ///< null if not inside of one range

    amdgpu::emulator::AccessResult load(const amdgpu::emulator::VectorAccess&, std::byte*) override;
    amdgpu::emulator::AccessResult store(const amdgpu::emulator::VectorAccess&, const std::byte*) override;
    amdgpu::emulator::AccessResult atomic(const amdgpu::emulator::VectorAccess&,
                                          amdgpu::emulator::AtomicOperation, const std::byte*,
                                          std::byte*) override;
    amdgpu::emulator::AccessResult scalar_load(std::uint64_t, int, amdgpu::emulator::CachePolicy,
                                               std::byte*) override;
    amdgpu::emulator::AccessResult fetch(std::uint64_t, int, std::byte*) override;
    amdgpu::emulator::AccessResult control(amdgpu::emulator::CacheOperation, amdgpu::emulator::CachePolicy,
                                           int) override;

  private:
    std::map<std::uint64_t, std::vector<std::byte>> ranges_;
    std::uint64_t next_ = 0x100000000;
};

/// A kernel with its memory, ready to run.
class TestKernel {
  public:
    TestKernel(const std::string& chip, const std::string& ir, const std::string& name)
        : TestKernel(chip, compile(ir, chip), name) {}
    TestKernel(const std::string& chip, const LoadedCode& loaded, const std::string& name);

    TestMemory memory;
    std::uint64_t code = 0;  ///< where the image is
    std::uint64_t instruction_limit = 100'000'000;
    bool approximate = true;
    int vgprs = 512;  ///< allocated

    template <class T>
    std::uint64_t array(const std::vector<T>& values) {
        const std::uint64_t address = memory.allocate(values.size() * sizeof(T));
        std::copy_n(reinterpret_cast<const std::byte*>(values.data()), values.size() * sizeof(T),
                    memory.at(address, values.size() * sizeof(T)));
        return address;
    }
    template <class T>
    std::vector<T> values(std::uint64_t address, std::size_t n) {
        std::vector<T> result(n);
        std::copy_n(memory.at(address, n * sizeof(T)), n * sizeof(T),
                    reinterpret_cast<std::byte*>(result.data()));
        return result;
    }
    /// Returns what all groups counted.
    amdgpu::emulator::Counters run(const std::vector<std::byte>& arguments, int groups, int group_size);

    const amdgpu::emulator::Chip& chip() const { return chip_; }
    int wave_size() const;
    amdgpu::emulator::Program& program();

  private:
    const amdgpu::emulator::Chip& chip_;
    KernelDescriptor kernel_;
    std::unique_ptr<amdgpu::emulator::Program> program_;
};

/// Kernel arguments by their natural alignment.
class Arguments {
  public:
    template <class T>
    Arguments& add(T value) {
        const std::size_t at = (bytes_.size() + sizeof(T) - 1) / sizeof(T) * sizeof(T);
        bytes_.resize(at + sizeof(T));
        std::memcpy(bytes_.data() + at, &value, sizeof(T));
        return *this;
    }
    operator const std::vector<std::byte>&() const { return bytes_; }

  private:
    std::vector<std::byte> bytes_;
};

constexpr const char* all_chips[] = {"gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"};

}  // namespace sporkle::testing
