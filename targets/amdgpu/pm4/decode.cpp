#include "targets/amdgpu/pm4/decode.hpp"

#include "targets/amdgpu/pm4/checks.hpp"
#include "targets/amdgpu/pm4/formatted.hpp"
#include "targets/amdgpu/pm4/packets/layout.hpp"
#include "targets/amdgpu/pm4/packets/nop.hpp"
#include "targets/amdgpu/pm4/packets/set_registers.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

class Decoder {
  public:
    Decoder(std::span<const std::uint32_t> stream, std::size_t position, const Chip& chip)
        : stream_(stream), chip_(chip) {
        packet_.position = position;
        packet_.header = stream[position];
    }

    Packet decoded() {
        if (!packet_.is_type3()) {
            other_type();
        } else if (packet_.header == nop_word) {
            packet_.contents = Nop{};
        } else {
            type3();
        }
        return std::move(packet_);
    }

  private:
    void fault(std::size_t position, const std::string& text) { packet_.faults.push_back({position, text}); }
    void fault(const std::string& text) { fault(packet_.position, text); }

    /// Only the word itself belongs to such a packet: what would follow cannot be told.
    void other_type() {
        const std::uint32_t word = packet_.header;
        const std::uint32_t type = header::type.of(word);
        if (type == 2) {
            fault(
                formatted("0x%08x is a type-2 filler, which is for GFX6; padding is 0x%08x", word, nop_word));
        } else if (word <= 0xFF && name_of(static_cast<std::uint8_t>(word))) {
            fault(formatted(
                "0x%08x is the opcode of %s without shift, type and count: its header begins as 0x%08x", word,
                name_of(static_cast<std::uint8_t>(word)), header::type(3) | header::opcode(word)));
        } else {
            fault(
                formatted("0x%08x is a packet of type %u, which this generation does not take", word, type));
        }
    }

    void type3() {
        const std::size_t wanted = header::count.of(packet_.header) + 1u;
        const std::size_t left = stream_.size() - packet_.position - 1;
        packet_.body = stream_.subspan(packet_.position + 1, std::min(wanted, left));
        const std::uint8_t opcode = packet_.opcode();
        const char* name = name_of(opcode);
        const auto low = static_cast<std::uint8_t>(packet_.header & 0xFF);
        if (!name && name_of(low)) {
            fault(formatted(
                "header 0x%08x: opcode 0x%02x (%s) stands unshifted in bits [7:0]; it belongs in [15:8]",
                packet_.header, low, name_of(low)));
            return;
        }
        const std::string who = name ? name : formatted("opcode 0x%02x", opcode);
        if (packet_.header & header::reserved_bits)
            fault(formatted("%s: header 0x%08x has reserved bits 0x%x set", who.c_str(), packet_.header,
                            packet_.header & header::reserved_bits));
        if (wanted > left)
            fault(formatted("%s: the header announces %zu words, %zu are left", who.c_str(), wanted, left));
        if (!name) {
            fault(formatted("header 0x%08x: opcode 0x%02x is unknown", packet_.header, opcode));
            return;
        }
        const PacketLayout* layout = find_layout(chip_.generation, opcode);
        if (!layout) {
            fault(formatted("%s (0x%02x) is not among the packets described for %s", name, opcode,
                            name_of(chip_.generation)));
            return;
        }
        if (wanted < layout->shortest || wanted > layout->longest) {
            fault(formatted("%s: %zu body words, but %s takes %s%u", name, wanted, name_of(chip_.generation),
                            layout->shortest == layout->longest ? "" : "at least ", layout->shortest));
            return;
        }
        if (wanted > left) return;
        reserved_bits(name, *layout);
        contents(static_cast<Opcode>(opcode));
    }

    void reserved_bits(const char* name, const PacketLayout& layout) {
        for (std::size_t w = 0; w < layout.named_words(); ++w) {
            const std::uint32_t stray = packet_.body[w] & ~layout.defined_bits(w);
            if (stray)
                fault(packet_.position + 1 + w,
                      formatted("%s: body word %zu is 0x%08x, whose bits 0x%x are reserved on %s", name, w,
                                packet_.body[w], stray, name_of(chip_.generation)));
        }
    }

    template <class T>
    void checked(const T& contents) {
        Texts texts;
        check(contents, chip_, texts);
        for (const std::string& text : texts) fault(std::string(name_of(packet_.opcode())) + ": " + text);
        packet_.contents = contents;
    }

    void contents(Opcode opcode) {
        const auto body = packet_.body;
        switch (opcode) {
            case Opcode::nop:
                packet_.contents = Nop{body.size()};
                return;
            case Opcode::dispatch_direct:
                return checked(decode_dispatch_direct(body));
            case Opcode::dispatch_indirect:
                return checked(decode_dispatch_indirect(body));
            case Opcode::pred_exec:
                return checked(decode_pred_exec(body));
            case Opcode::write_data:
                return checked(decode_write_data(body));
            case Opcode::wait_reg_mem:
                return checked(decode_wait_reg_mem(body));
            case Opcode::indirect_buffer:
                return checked(decode_indirect_buffer(body));
            case Opcode::copy_data:
                return checked(decode_copy_data(body));
            case Opcode::event_write:
                return checked(decode_event_write(body));
            case Opcode::release_mem:
                return checked(decode_release_mem(body));
            case Opcode::dma_data:
                return checked(decode_dma_data(body));
            case Opcode::acquire_mem:
                return checked(decode_acquire_mem(body, chip_.generation));
            case Opcode::set_sh_reg:
                return registers(Space::sh);
            case Opcode::set_uconfig_reg:
                return registers(Space::uconfig);
        }
    }

    /// A number that is no offset but may be a register's address in another unit.
    std::string meant_offset(Space space, std::uint32_t number) const {
        const std::uint32_t first = window_start(space), last = first + window_size(space);
        std::uint32_t offset = 0;
        const char* unit = nullptr;
        if (number >= first && number < last) {
            unit = "dword index";
            offset = number - first;
        } else if (number % 4 == 0 && number / 4 >= first && number / 4 < last) {
            unit = "byte address";
            offset = number / 4 - first;
        }
        const Register* row = unit ? find_register(chip_.generation, space, offset) : nullptr;
        return row ? formatted("; it is the %s of %s, whose offset is 0x%x", unit, row->name, offset) : "";
    }

    void registers(Space space) {
        const char* name = name_of(packet_.opcode());
        const std::uint32_t offset = set_registers::reg_offset.of(packet_.body[0]);
        const std::span<const std::uint32_t> values = packet_.body.subspan(1);
        if (offset >= window_size(space) || values.size() > window_size(space) - offset) {
            const std::string meant = meant_offset(space, packet_.body[0]);
            fault(packet_.position + 1,
                  formatted("%s: registers 0x%x to 0x%zx are outside the window of 0x%x registers%s", name,
                            offset, offset + values.size() - 1, window_size(space), meant.c_str()));
            return;
        }
        SetRegisters set;
        set.writes.reserve(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto at = static_cast<std::uint32_t>(offset + i);
            const RegisterWrite write{space, at, values[i], find_register(chip_.generation, space, at),
                                      packet_.position + 2 + i};
            register_faults(name, write);
            set.writes.push_back(write);
        }
        packet_.contents = std::move(set);
    }

    void register_faults(const char* name, const RegisterWrite& write) {
        if (!write.reg) {
            const std::string meant = meant_offset(write.space, write.offset);
            fault(write.position, formatted("%s: offset 0x%x is no compute register of %s%s", name,
                                            write.offset, name_of(chip_.generation), meant.c_str()));
            return;
        }
        if (write.reg->reg == Reg::vmid)
            fault(write.position, formatted("%s: %s belongs to the kernel's driver", name, write.reg->name));
        const std::uint32_t stray = write.value & ~write.reg->defined_bits();
        if (stray)
            fault(write.position, formatted("%s: %s = 0x%08x, whose bits 0x%x are reserved on %s", name,
                                            write.reg->name, write.value, stray, name_of(chip_.generation)));
    }

    std::span<const std::uint32_t> stream_;
    const Chip& chip_;
    Packet packet_;
};

}  // namespace

Packet decode_packet(std::span<const std::uint32_t> stream, std::size_t position, const Chip& chip) {
    if (position >= stream.size())
        throw Error(ErrorCode::invalid_argument,
                    formatted("sporkle: pm4: no packet begins at word %zu of a stream of %zu", position,
                              stream.size()));
    return Decoder(stream, position, chip).decoded();
}

std::vector<Packet> decode(std::span<const std::uint32_t> stream, const Chip& chip) {
    std::vector<Packet> packets;
    for (std::size_t position = 0; position < stream.size(); position += packets.back().words())
        packets.push_back(decode_packet(stream, position, chip));
    return packets;
}

std::vector<Fault> check_buffer(std::span<const std::uint32_t> stream, const Chip& chip) {
    std::vector<Fault> faults;
    if (stream.empty()) faults.push_back({0, "a buffer of no words cannot be submitted"});
    if (stream.size() > ib_limit)
        faults.push_back({0, formatted("%zu words; a buffer has at most %zu", stream.size(), ib_limit)});
    if (stream.size() % ib_alignment != 0)
        faults.push_back(
            {0, formatted("%zu words; a buffer's length is a multiple of %zu", stream.size(), ib_alignment)});
    for (const Packet& packet : decode(stream, chip))
        faults.insert(faults.end(), packet.faults.begin(), packet.faults.end());
    return faults;
}

}  // namespace sporkle::amdgpu::pm4
