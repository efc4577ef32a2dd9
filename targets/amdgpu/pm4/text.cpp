#include "targets/amdgpu/pm4/text.hpp"

#include "targets/amdgpu/pm4/formatted.hpp"
#include "targets/amdgpu/pm4/packets/layout.hpp"
#include "targets/amdgpu/pm4/packets/set_registers.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

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

std::string header_text(const Packet& packet) {
    if (!packet.is_type3()) return formatted("type %u", header::type.of(packet.header));
    const char* name = name_of(packet.opcode());
    std::string text = name ? name : formatted("opcode 0x%02x", packet.opcode());
    if (header::shader_type.of(packet.header)) text += " (compute)";
    if (header::predicate.of(packet.header)) text += " (predicated)";
    return text;
}

class Writer {
  public:
    explicit Writer(const Chip& chip, std::span<const Patch> patches = {}) : chip_(chip), patches_(patches) {}

    void packet(const Packet& p) {
        line(p.position, p.header, header_text(p));
        if (const auto* set = p.as<SetRegisters>())
            registers(p, *set);
        else
            body(p);
    }
    void faults(const Packet& p) {
        for (const Fault& fault : p.faults)
            text_ += formatted("%6zu  !  %s\n", fault.position, fault.text.c_str());
    }
    void line(std::size_t position, std::uint32_t word, const std::string& what) {
        text_ += formatted("%6zu  %08x  %s", position, word, what.c_str());
        for (const Patch& patch : patches_)
            if (patch.word <= position && position < patch.word + words_of(patch.kind))
                text_ += formatted("  <- %s", name_of(patch.kind));
        text_ += '\n';
    }
    void heading(const std::string& what) { text_ += what + ":\n"; }
    std::string text() { return std::move(text_); }

  private:
    void registers(const Packet& p, const SetRegisters& set) {
        line(p.position + 1, p.body[0],
             formatted("  from offset 0x%x", set_registers::reg_offset.of(p.body[0])));
        for (const RegisterWrite& write : set.writes)
            line(write.position, write.value, "  " + text_of(write));
    }
    void body(const Packet& p) {
        const bool known = p.is_type3() && !p.as<Unknown>();
        const PacketLayout* layout = known ? find_layout(chip_.generation, p.opcode()) : nullptr;
        for (std::size_t w = 0; w < p.body.size(); ++w) {
            const bool named = layout && w < layout->named_words();
            line(p.position + 1 + w, p.body[w], named ? "  " + fields_text(*layout, w, p.body[w]) : "  .");
        }
    }

    const Chip& chip_;
    std::span<const Patch> patches_;
    std::string text_;
};

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
    Writer writer(chip);
    writer.packet(packet);
    writer.faults(packet);
    return writer.text();
}

std::string text_of(std::span<const std::uint32_t> stream, const Chip& chip) {
    Writer writer(chip);
    const std::vector<Packet> packets = decode(stream, chip);
    for (std::size_t i = 0; i < packets.size();) {
        std::size_t padding = 0;
        while (i + padding < packets.size() && packets[i + padding].header == nop_word) ++padding;
        if (padding > 1) {
            writer.line(packets[i].position, nop_word, formatted("NOP, %zu times", padding));
            i += padding;
            continue;
        }
        writer.packet(packets[i]);
        writer.faults(packets[i]);
        ++i;
    }
    return writer.text();
}

std::string text_of(const Template& t) {
    Writer writer(*t.chip, t.patches);
    const auto segment = [&](const std::string& name, const Segment& s) {
        writer.heading(name);
        for (std::size_t at = s.first_word; at < s.last_word;) {
            const Packet packet = decode_packet(t.words, at, *t.chip);
            writer.packet(packet);  // its faults are the zeros that are patched
            at += packet.words();
        }
    };
    segment("prologue", t.prologue);
    for (std::size_t d = 0; d < t.dispatches.size(); ++d)
        segment(formatted("dispatch %zu", d), t.dispatches[d]);
    segment("barrier between dispatches", t.barrier);
    segment("epilogue", t.epilogue);
    return writer.text();
}

}  // namespace sporkle::amdgpu::pm4
