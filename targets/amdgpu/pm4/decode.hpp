// Packet streams taken apart: for people (text.hpp), for the emulator's command processor, and for tests that
// hold encoders to it. Whatever the words are, nothing outside them is read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/packets/acquire_mem.hpp"
#include "targets/amdgpu/pm4/packets/copy_data.hpp"
#include "targets/amdgpu/pm4/packets/dispatch.hpp"
#include "targets/amdgpu/pm4/packets/dma_data.hpp"
#include "targets/amdgpu/pm4/packets/event_write.hpp"
#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/indirect_buffer.hpp"
#include "targets/amdgpu/pm4/packets/release_mem.hpp"
#include "targets/amdgpu/pm4/packets/wait_reg_mem.hpp"
#include "targets/amdgpu/pm4/packets/write_data.hpp"
#include "targets/amdgpu/pm4/registers.hpp"

namespace sporkle::amdgpu::pm4 {

/// What is wrong with a packet: what hardware would not do, do otherwise than the words suggest, or hang on.
struct Fault {
    std::size_t position;  ///< of the word, in the stream
    std::string text;      ///< names packet, field and number
};

/// One register of a SET_* packet.
struct RegisterWrite {
    Space space;
    std::uint32_t offset;  ///< in its window
    std::uint32_t value;
    const Register* reg = nullptr;  ///< null: not in the table, which is a fault
    std::size_t position = 0;       ///< of the value, in the stream
};

struct Nop {
    std::size_t words = 0;  ///< skipped after the header
};
struct SetRegisters {
    std::vector<RegisterWrite> writes;
};
/// A header that is none, or a packet whose contents cannot be told. `faults` says why.
struct Unknown {};

using Contents =
    std::variant<Unknown, Nop, SetRegisters, AcquireMem, ReleaseMem, EventWrite, CopyData, WriteData,
                 DispatchDirect, DispatchIndirect, WaitRegMem, IndirectBuffer, DmaData, PredExec>;

struct Packet {
    std::size_t position = 0;  ///< of the header, in the stream
    std::uint32_t header = 0;
    std::span<const std::uint32_t> body;  ///< in the stream that was decoded; cut where the stream ends
    Contents contents;
    std::vector<Fault> faults;

    bool is_type3() const { return header::type.of(header) == 3; }
    std::uint8_t opcode() const { return static_cast<std::uint8_t>(header::opcode.of(header)); }
    /// Of the whole packet, in the stream.
    std::size_t words() const { return 1 + body.size(); }
    template <class T>
    const T* as() const {
        return std::get_if<T>(&contents);
    }
};

/// All packets of a stream, one after the other, to its end. A packet that runs past the end is the last one.
std::vector<Packet> decode(std::span<const std::uint32_t> stream, const Chip& chip);

/// The packet that begins at `position`, which lies in the stream.
Packet decode_packet(std::span<const std::uint32_t> stream, std::size_t position, const Chip& chip);

/// All faults of all packets, and those of the buffer as a whole: length 0, above the limit, or not a
/// multiple of eight words.
std::vector<Fault> check_buffer(std::span<const std::uint32_t> stream, const Chip& chip);

}  // namespace sporkle::amdgpu::pm4
