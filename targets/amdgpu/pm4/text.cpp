#include "targets/amdgpu/pm4/text.hpp"

#include "targets/amdgpu/pm4/formatted.hpp"
#include "targets/amdgpu/pm4/packets/layout.hpp"
#include "targets/amdgpu/pm4/packets/set_registers.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

std::string line(std::size_t position, std::uint32_t word, const std::string& text) {
    return formatted("%6zu  %08x  %s\n", position, word, text.c_str());
}

std::string value_text(const Field& field, std::uint32_t word) {
    const std::uint32_t value = field.of(word);
    if (field.bits == 32) return formatted("%s 0x%x", field.name, value);
    return value < 10 ? formatted("%s %u", field.name, value)
                      : formatted("%s %u (0x%x)", field.name, value, value);
}

/// Non-zero fields of one body word; a word that is a field of its own is always named.
std::string fields_text(const PacketLayout& layout, std::size_t word, std::uint32_t value) {
    std::string text;
    for (const PacketField& f : layout.fields) {
        if (f.word != word || f.field.bits == 0) continue;
        if (f.field.of(value) == 0 && f.field.bits != 32) continue;
        text += (text.empty() ? "" : ", ") + value_text(f.field, value);
    }
    return text.empty() ? "0" : text;
}

std::string registers_text(const Packet& packet, const SetRegisters& set) {
    std::string text = line(packet.position + 1, packet.body[0],
                            formatted("  from offset 0x%x", set_registers::reg_offset.of(packet.body[0])));
    for (const RegisterWrite& write : set.writes)
        text += line(write.position, write.value, "  " + text_of(write));
    return text;
}

std::string body_text(const Packet& packet, const Chip& chip) {
    if (const auto* set = packet.as<SetRegisters>()) return registers_text(packet, *set);
    const PacketLayout* layout = packet.is_type3() ? find_layout(chip.generation, packet.opcode()) : nullptr;
    if (packet.as<Unknown>()) layout = nullptr;
    std::string text;
    for (std::size_t w = 0; w < packet.body.size(); ++w) {
        const bool named = layout && w < layout->named_words();
        text += line(packet.position + 1 + w, packet.body[w],
                     named ? "  " + fields_text(*layout, w, packet.body[w]) : "  .");
    }
    return text;
}

std::string header_text(const Packet& packet) {
    if (!packet.is_type3()) return formatted("type %u", header::type.of(packet.header));
    const char* name = name_of(packet.opcode());
    std::string text = name ? name : formatted("opcode 0x%02x", packet.opcode());
    if (header::shader_type.of(packet.header)) text += " (compute)";
    if (header::predicate.of(packet.header)) text += " (predicated)";
    return text;
}

}  // namespace

std::string text_of(const RegisterWrite& write) {
    if (!write.reg) return formatted("offset 0x%x = 0x%08x", write.offset, write.value);
    std::string text = formatted("%s = 0x%08x", write.reg->name, write.value), fields;
    for (const Field& field : write.reg->fields)
        if (field.of(write.value) != 0)
            fields += (fields.empty() ? ": " : ", ") + value_text(field, write.value);
    return text + fields;
}

std::string text_of(const Packet& packet, const Chip& chip) {
    std::string text = line(packet.position, packet.header, header_text(packet)) + body_text(packet, chip);
    for (const Fault& fault : packet.faults)
        text += formatted("%6zu  !  %s\n", fault.position, fault.text.c_str());
    return text;
}

std::string text_of(std::span<const std::uint32_t> stream, const Chip& chip) {
    std::string text;
    const std::vector<Packet> packets = decode(stream, chip);
    for (std::size_t i = 0; i < packets.size();) {
        std::size_t padding = 0;
        while (i + padding < packets.size() && packets[i + padding].header == nop_word) ++padding;
        if (padding > 1) {
            text += line(packets[i].position, nop_word, formatted("NOP, %zu times", padding));
            i += padding;
        } else {
            text += text_of(packets[i++], chip);
        }
    }
    return text;
}

}  // namespace sporkle::amdgpu::pm4
