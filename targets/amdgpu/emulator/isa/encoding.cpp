#include "targets/amdgpu/emulator/isa/encoding.hpp"

#include <string_view>

namespace sporkle::amdgpu::emulator {
namespace {

constexpr std::uint32_t bits(std::uint32_t word, int high, int low) {
    return word >> low & static_cast<std::uint32_t>((std::uint64_t{1} << (high - low + 1)) - 1);
}
constexpr bool bit(std::uint32_t word, int position) { return word >> position & 1; }
constexpr std::int32_t sign_extended(std::uint32_t value, int width) {
    return static_cast<std::int32_t>(value << (32 - width)) >> (32 - width);
}

constexpr std::uint32_t sdwa_source = 249, dpp16_source = 250, dpp8_source = 233, dpp8_fetch_source = 234;

/// VOP3 with a second, scalar destination where others have `absolute` and `op_sel`.
bool has_scalar_destination(std::string_view name) {
    return name.find("_co_") != name.npos || name.find("_div_scale_") != name.npos ||
           name == "v_mad_u64_u32" || name == "v_mad_i64_i32" || name == "v_mad_co_u64_u32" ||
           name == "v_mad_co_i64_i32";
}

/// `word` is the one that holds the DPP fields; VOP3 has modifiers of its own.
void read_dpp(std::uint32_t source, std::uint32_t word, bool modifiers_too, Instruction& out) {
    if (source == dpp16_source) {
        out.dpp.form = DataParallel::Form::control16;
        out.dpp.control = static_cast<std::uint16_t>(bits(word, 16, 8));
        out.dpp.fetch_inactive = bit(word, 18);
        out.dpp.bound_control = bit(word, 19);
        out.dpp.bank_mask = static_cast<std::uint8_t>(bits(word, 27, 24));
        out.dpp.row_mask = static_cast<std::uint8_t>(bits(word, 31, 28));
        if (modifiers_too) {
            out.modifiers.negate = static_cast<std::uint8_t>(bits(word, 20, 20) | bits(word, 22, 22) << 1);
            out.modifiers.absolute = static_cast<std::uint8_t>(bits(word, 21, 21) | bits(word, 23, 23) << 1);
        }
    } else if (source == dpp8_source || source == dpp8_fetch_source) {
        out.dpp.form = DataParallel::Form::select8;
        out.dpp.select = bits(word, 31, 8);
        out.dpp.fetch_inactive = source == dpp8_fetch_source;
    }
}

void read_sdwa(Format format, std::uint32_t word, Instruction& out) {
    out.sdwa.present = true;
    if (format != Format::vopc) {
        out.sdwa.destination = static_cast<std::uint8_t>(bits(word, 10, 8));
        out.sdwa.unused = static_cast<std::uint8_t>(bits(word, 12, 11));
        out.modifiers.clamp = bit(word, 13);
        out.modifiers.output_scale = static_cast<std::uint8_t>(bits(word, 15, 14));
    }
    out.sdwa.source = {static_cast<std::uint8_t>(bits(word, 18, 16)),
                       static_cast<std::uint8_t>(bits(word, 26, 24))};
    out.sdwa.sign_extend = static_cast<std::uint8_t>(bits(word, 19, 19) | bits(word, 27, 27) << 1);
    out.modifiers.negate = static_cast<std::uint8_t>(bits(word, 20, 20) | bits(word, 28, 28) << 1);
    out.modifiers.absolute = static_cast<std::uint8_t>(bits(word, 21, 21) | bits(word, 29, 29) << 1);
}

void read_vector(Format format, Instruction& i) {
    const std::uint32_t w0 = i.encoding[0], w1 = i.encoding[1];
    if (format == Format::vop1 || format == Format::vop2 || format == Format::vopc) {
        const std::uint32_t source = bits(w0, 8, 0);
        if (source == sdwa_source)
            read_sdwa(format, w1, i);
        else
            read_dpp(source, w1, true, i);
        return;
    }
    i.modifiers.negate = static_cast<std::uint8_t>(bits(w1, 31, 29));
    i.modifiers.clamp = bit(w0, 15);
    if (format == Format::vop3) {
        i.modifiers.output_scale = static_cast<std::uint8_t>(bits(w1, 28, 27));
        if (!has_scalar_destination(i.mnemonic)) {
            i.modifiers.absolute = static_cast<std::uint8_t>(bits(w0, 10, 8));
            i.modifiers.op_sel = static_cast<std::uint8_t>(bits(w0, 14, 11));
        }
    } else {
        i.modifiers.negate_high = static_cast<std::uint8_t>(bits(w0, 10, 8));
        i.modifiers.op_sel = static_cast<std::uint8_t>(bits(w0, 13, 11));
        i.modifiers.op_sel_high = static_cast<std::uint8_t>(bits(w1, 28, 27) | bits(w0, 14, 14) << 2);
        i.extra = bits(w0, 10, 8) | bits(w0, 14, 11) << 4 | bits(w1, 31, 29) << 8;  // cbsz, abid, blgp
    }
    read_dpp(bits(w1, 8, 0), i.encoding[2], false, i);
}

void read_scalar_memory(const Chip& chip, Instruction& i) {
    const std::uint32_t w0 = i.encoding[0], w1 = i.encoding[1];
    i.offset = sign_extended(bits(w1, 20, 0), 21);
    switch (chip.generation) {
        case Generation::gfx9:
            i.policy.glc = bit(w0, 16);
            if (!bit(w0, 17)) i.offset = 0;  // the offset is a register
            break;
        case Generation::gfx10:
            i.policy.glc = bit(w0, 16), i.policy.dlc = bit(w0, 14);
            break;
        case Generation::gfx11:
            i.policy.glc = bit(w0, 14), i.policy.dlc = bit(w0, 13);
            break;
        case Generation::gfx12:
            i.offset = sign_extended(bits(w1, 23, 0), 24);
            i.policy.scope = static_cast<std::uint8_t>(bits(w0, 22, 21));
            i.policy.temporal_hint = static_cast<std::uint8_t>(bits(w0, 24, 23));
            break;
    }
}

void read_gfx12_memory(Instruction& i) {
    const std::uint32_t w0 = i.encoding[0], w1 = i.encoding[1], w2 = i.encoding[2];
    i.policy.scope = static_cast<std::uint8_t>(bits(w1, 19, 18));
    i.policy.temporal_hint = static_cast<std::uint8_t>(bits(w1, 22, 20));
    i.offset = sign_extended(bits(w2, 31, 8), 24);
    i.flags =
        static_cast<std::uint8_t>((bit(w1, 30) ? buffer_offset_enable : 0) |
                                  (bit(w1, 31) ? buffer_index_enable : 0) | (bit(w0, 22) ? buffer_tfe : 0));
}

void read_flat(const Chip& chip, Instruction& i) {
    const std::uint32_t w0 = i.encoding[0];
    const std::string_view name = i.mnemonic;
    switch (chip.generation) {
        case Generation::gfx9:
            i.offset = name.starts_with("flat_") ? static_cast<std::int32_t>(bits(w0, 11, 0))
                                                 : sign_extended(bits(w0, 12, 0), 13);
            i.policy.glc = bit(w0, 16), i.policy.slc = bit(w0, 17);
            i.policy.scc = chip.unified_accumulators && bit(w0, 25);
            break;
        case Generation::gfx10:
            // Flat instructions ignore the offset on gfx10.1; LLVM emits none there.
            i.offset = sign_extended(bits(w0, 11, 0), 12);
            i.policy.glc = bit(w0, 16), i.policy.slc = bit(w0, 17), i.policy.dlc = bit(w0, 12);
            break;
        case Generation::gfx11:
            i.offset = sign_extended(bits(w0, 12, 0), 13);
            i.policy.glc = bit(w0, 14), i.policy.slc = bit(w0, 15), i.policy.dlc = bit(w0, 13);
            break;
        case Generation::gfx12:
            read_gfx12_memory(i);
            i.flags = 0;
            break;
    }
}

void read_buffer(const Chip& chip, Instruction& i) {
    if (chip.generation == Generation::gfx12) return read_gfx12_memory(i);
    const std::uint32_t w0 = i.encoding[0], w1 = i.encoding[1];
    i.offset = static_cast<std::int32_t>(bits(w0, 11, 0));
    i.policy.glc = bit(w0, 14);
    bool offset_enable, index_enable, lds = false, tfe;
    if (chip.generation == Generation::gfx11) {
        i.policy.slc = bit(w0, 12), i.policy.dlc = bit(w0, 13);
        tfe = bit(w1, 21), offset_enable = bit(w1, 22), index_enable = bit(w1, 23);
    } else {
        offset_enable = bit(w0, 12), index_enable = bit(w0, 13), lds = bit(w0, 16);
        tfe = !chip.unified_accumulators && bit(w1, 23);
        if (chip.generation == Generation::gfx10)
            i.policy.slc = bit(w1, 22), i.policy.dlc = bit(w0, 15);
        else
            i.policy.slc = bit(w0, 17), i.policy.scc = chip.unified_accumulators && bit(w0, 15);
    }
    i.flags = static_cast<std::uint8_t>((offset_enable ? buffer_offset_enable : 0) |
                                        (index_enable ? buffer_index_enable : 0) | (lds ? buffer_lds : 0) |
                                        (tfe ? buffer_tfe : 0));
}

}  // namespace

Format format_of(const Chip& chip, std::uint32_t word) {
    const bool gfx9 = chip.generation == Generation::gfx9;
    const std::uint32_t top6 = word >> 26, top9 = word >> 23;
    if (!(word >> 31)) {
        if (word >> 25 == 0x3f) return Format::vop1;
        if (word >> 25 == 0x3e) return Format::vopc;
        return Format::vop2;
    }
    if (word >> 30 == 2) {
        if (top9 == 0x17d) return Format::sop1;
        if (top9 == 0x17e) return Format::sopc;
        if (top9 == 0x17f) return Format::sopp;
        if (word >> 28 == 0xb) return Format::sopk;
        return Format::sop2;
    }
    if (gfx9) {
        if (word >> 23 == 0x1a7) return Format::vop3p;
        if (top6 == 0x34) return Format::vop3;
        if (top6 == 0x30) return Format::smem;
    } else {
        if (word >> 24 == 0xcc) return Format::vop3p;
        if (top6 == 0x35) return Format::vop3;
        if (top6 == 0x32) return Format::vopd;
        if (top6 == 0x3d) return Format::smem;
        if (chip.generation == Generation::gfx12 && top6 == 0x3b) return Format::flat;
        if (chip.generation == Generation::gfx12 && top6 == 0x31) return Format::mubuf;
    }
    if (top6 == 0x36) return Format::ds;
    if (chip.generation == Generation::gfx12) return Format::other;
    if (top6 == 0x37) return Format::flat;
    if (top6 == 0x38) return Format::mubuf;
    return Format::other;
}

void read_fields(const Chip& chip, Format format, Instruction& i) {
    const std::uint32_t w0 = i.encoding[0];
    switch (format) {
        case Format::sopk:
        case Format::sopp:
            i.offset = static_cast<std::int16_t>(w0);
            break;
        case Format::smem:
            read_scalar_memory(chip, i);
            break;
        case Format::vop1:
        case Format::vop2:
        case Format::vopc:
        case Format::vop3:
        case Format::vop3p:
            read_vector(format, i);
            break;
        case Format::ds:
            i.offset = static_cast<std::int32_t>(bits(w0, 7, 0));
            i.offset2 = static_cast<std::int32_t>(bits(w0, 15, 8));
            break;
        case Format::flat:
            read_flat(chip, i);
            break;
        case Format::mubuf:
            read_buffer(chip, i);
            break;
        case Format::sop1:
        case Format::sop2:
        case Format::sopc:
        case Format::vopd:
        case Format::other:
            break;
    }
}

}  // namespace sporkle::amdgpu::emulator
