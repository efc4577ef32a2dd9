#include "tools/sporkle/amdgpu/dispatch_facts.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include <sporkle/error.hpp>

#include "targets/amdgpu/pm4/decode.hpp"
#include "targets/amdgpu/pm4/register_fields.hpp"
#include "targets/amdgpu/pm4/template_blob.hpp"

namespace sporkle::command {
namespace {

using amdgpu::Chip;
using amdgpu::Generation;
using namespace amdgpu::pm4;

/// The last values that a dispatch's packets give to registers, and how its waves are started.
struct Setting {
    std::map<std::pair<Reg, std::uint32_t>, std::uint32_t> values;  ///< with the place behind a row's first
    std::uint32_t initiator = 0;

    std::uint32_t of(Reg reg) const {
        const auto found = values.find({reg, 0});
        return found == values.end() ? 0 : found->second;
    }
};

Setting setting_of(const Template& packets, const Segment& segment) {
    Setting result;
    for (std::size_t at = segment.first_word; at < segment.last_word;) {
        const Packet packet = decode_packet(packets.words, at, *packets.chip);
        if (const auto* set = std::get_if<SetRegisters>(&packet.contents)) {
            for (const RegisterWrite& write : set->writes)
                if (write.reg != nullptr)
                    result.values[{write.reg->reg, write.offset - write.reg->offset}] = write.value;
        } else if (const auto* dispatch = std::get_if<DispatchDirect>(&packet.contents)) {
            result.initiator = dispatch->initiator;
        }
        at += packet.words();
    }
    return result;
}

void float_modes(std::uint32_t bits, std::vector<std::string>& modes) {
    constexpr const char* roundings[] = {"to nearest even", "up", "down", "to zero"};
    constexpr const char* subnormals[] = {"flushes subnormals", "keeps subnormal operands, flushes results",
                                          "flushes subnormal operands, keeps results", "keeps subnormals"};
    modes.push_back(std::string("f32 rounds ") + roundings[bits & 3]);
    modes.push_back(std::string("f32 ") + subnormals[bits >> 4 & 3]);
    modes.push_back(std::string("f16 and f64 round ") + roundings[bits >> 2 & 3]);
    modes.push_back(std::string("f16 and f64: ") + subnormals[bits >> 6 & 3]);
}

std::vector<std::string> modes_of(const Chip& chip, const Setting& setting) {
    const std::uint32_t one = setting.of(Reg::pgm_rsrc1), three = setting.of(Reg::pgm_rsrc3);
    std::vector<std::string> modes;
    float_modes(rsrc1::float_mode.of(one), modes);
    const auto flag = [&](const Field& field, std::uint32_t word, const char* text) {
        if (field.of(word) != 0) modes.push_back(text);
    };
    if (chip.is(Generation::gfx12)) {
        flag(rsrc1::wg_rr_en, one, "workgroups take turns (WG_RR_EN)");
    } else {
        flag(rsrc1::dx10_clamp, one, "clamping makes NaN 0 (DX10_CLAMP)");
        flag(rsrc1::ieee_mode, one, "signalling NaNs are quieted (IEEE_MODE)");
    }
    flag(rsrc1::fp16_ovfl, one, "f16 overflow is clamped (FP16_OVFL)");
    if (chip.major() >= 10) {
        modes.push_back(rsrc1::wgp_mode.of(one) ? "WGP mode" : "CU mode");
        flag(rsrc1::mem_ordered, one, "memory answers in order (MEM_ORDERED)");
        flag(rsrc1::fwd_progress, one, "oldest wave first (FWD_PROGRESS)");
    }
    if (chip.has_accumulation_offset()) flag(rsrc3::tg_split, three, "workgroups are split (TG_SPLIT)");
    return modes;
}

std::uint32_t scratch_bytes(const Chip& chip, const Setting& setting) {
    if (!rsrc2::scratch_en.of(setting.of(Reg::pgm_rsrc2))) return 0;
    const Field& size = chip.is(Generation::gfx12)   ? tmpring::wavesize_gfx12
                        : chip.is(Generation::gfx11) ? tmpring::wavesize_gfx11
                                                     : tmpring::wavesize;
    return size.of(setting.of(Reg::tmpring_size)) * chip.scratch_unit();
}

std::uint32_t group_size(const Chip& chip, const Setting& setting) {
    std::uint32_t items = 1;
    for (const Reg reg : {Reg::num_thread_x, Reg::num_thread_y, Reg::num_thread_z}) {
        const bool narrow = chip.is(Generation::gfx12) && reg != Reg::num_thread_z;
        items *= (narrow ? num_thread::full_gfx12 : num_thread::full).of(setting.of(reg));
    }
    return items;
}

DispatchFacts facts_of(const Chip& chip, const Setting& setting) {
    DispatchFacts facts;
    facts.rsrc1 = setting.of(Reg::pgm_rsrc1);
    facts.rsrc2 = setting.of(Reg::pgm_rsrc2);
    facts.rsrc3 = setting.of(Reg::pgm_rsrc3);
    WaveNeeds& needs = facts.needs;
    needs.wave_size = chip.has_wave32() && initiator::cs_w32_en.of(setting.initiator) ? 32 : 64;
    // Units of RSRC1: LLVM "User Guide for AMDGPU Backend", GRANULATED_WORKITEM_VGPR_COUNT and
    // GRANULATED_WAVEFRONT_SGPR_COUNT. From GFX10 on a wave has all SGPRs.
    const bool wide = chip.has_accumulation_offset() || (chip.major() >= 10 && needs.wave_size == 32);
    needs.vgprs = (rsrc1::vgprs.of(facts.rsrc1) + 1) * (wide ? 8 : 4);
    if (chip.has_accumulation_offset()) {
        const std::uint32_t first = (rsrc3::accum_offset.of(facts.rsrc3) + 1) * 4;
        facts.accumulators = needs.vgprs > first ? needs.vgprs - first : 0;
    }
    constexpr std::uint32_t every_sgpr = 106;
    needs.sgprs = chip.major() >= 10 ? every_sgpr : (rsrc1::sgprs.of(facts.rsrc1) / 2 + 1) * 16;
    needs.lds_bytes = rsrc2::lds_size.of(facts.rsrc2) * chip.lds_unit();
    needs.pairs_units = chip.major() >= 10 && rsrc1::wgp_mode.of(facts.rsrc1);
    facts.group_size = group_size(chip, setting);
    needs.group_waves = (facts.group_size + needs.wave_size - 1) / needs.wave_size;
    facts.scratch_wave_bytes = scratch_bytes(chip, setting);
    facts.user_sgprs = rsrc2::user_sgpr.of(facts.rsrc2);
    facts.occupancy = occupancy(chip, needs);
    facts.modes = modes_of(chip, setting);
    return facts;
}

std::string hexadecimal(std::uint32_t word) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", word);
    return text;
}

}  // namespace

Template packets_of(const bundle::Bundle& bundle, const bundle::Variant& variant) {
    const std::span<const std::byte> blob = bundle.blobs[variant.blob].bytes;
    Template packets = parse_template(blob.subspan(variant.setup, variant.setup_bytes));
    if (packets.dispatches.size() != variant.dispatches.size())
        throw Error(ErrorCode::invalid_bundle,
                    bundle.origin + ", variant '" + variant.schedule + "' has packets for " +
                        std::to_string(packets.dispatches.size()) + " dispatches and code for " +
                        std::to_string(variant.dispatches.size()));
    return packets;
}

std::vector<DispatchFacts> dispatch_facts(const Template& packets) {
    std::vector<DispatchFacts> all;
    for (const Segment& segment : packets.dispatches)
        all.push_back(facts_of(*packets.chip, setting_of(packets, segment)));
    return all;
}

std::vector<std::string> to_lines(const DispatchFacts& facts) {
    const WaveNeeds& needs = facts.needs;
    std::string registers = std::to_string(needs.vgprs) + " VGPRs";
    if (facts.accumulators > 0) registers += " (" + std::to_string(facts.accumulators) + " accumulation)";
    registers += ", " + std::to_string(needs.sgprs) + " SGPRs (" + std::to_string(facts.user_sgprs) +
                 " user), " + std::to_string(needs.lds_bytes) + " bytes of LDS, " +
                 std::to_string(facts.scratch_wave_bytes) + " bytes of scratch for a wave";
    std::string modes = "descriptor: RSRC1 " + hexadecimal(facts.rsrc1) + ", RSRC2 " +
                        hexadecimal(facts.rsrc2) + ", RSRC3 " + hexadecimal(facts.rsrc3);
    for (const std::string& mode : facts.modes) modes += (&mode == facts.modes.data() ? ": " : "; ") + mode;
    return {registers,
            "workgroups of " + std::to_string(facts.group_size) + " in waves of " +
                std::to_string(needs.wave_size) + ", " + std::to_string(facts.occupancy.waves) + " of " +
                std::to_string(facts.occupancy.most) + " waves per SIMD (limited by " +
                facts.occupancy.limit + ")",
            modes};
}

nlohmann::ordered_json to_json(const DispatchFacts& facts) {
    const WaveNeeds& needs = facts.needs;
    return {{"vgprs", needs.vgprs},
            {"accumulation_vgprs", facts.accumulators},
            {"sgprs", needs.sgprs},
            {"user_sgprs", facts.user_sgprs},
            {"lds_bytes", needs.lds_bytes},
            {"scratch_bytes_of_wave", facts.scratch_wave_bytes},
            {"wave_size", needs.wave_size},
            {"group_size", facts.group_size},
            {"waves_per_simd", facts.occupancy.waves},
            {"most_waves_per_simd", facts.occupancy.most},
            {"occupancy_limit", facts.occupancy.limit},
            {"rsrc1", facts.rsrc1},
            {"rsrc2", facts.rsrc2},
            {"rsrc3", facts.rsrc3},
            {"modes", facts.modes}};
}

}  // namespace sporkle::command
