#include "targets/amdgpu/emulator/gpu/dispatch_setup.hpp"

#include <algorithm>

#include "targets/amdgpu/emulator/gpu/gpu_fault.hpp"
#include "targets/amdgpu/pm4/formatted.hpp"
#include "targets/amdgpu/pm4/register_fields.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using amdgpu::Generation;
using pm4::formatted;
using pm4::Reg;
namespace i = pm4::initiator;

constexpr std::uint32_t most_items = 1024;
constexpr std::uint32_t units_of_mask = 16;  ///< a half of COMPUTE_STATIC_THREAD_MGMT_SE*

[[noreturn]] void refuse(const std::string& text) { throw GpuFault("DISPATCH_DIRECT: " + text); }

class Reader {
  public:
    Reader(const GpuModel& model, const ShaderRegisters& registers, const pm4::DispatchDirect& packet)
        : model_(model), chip_(*model.chip), registers_(registers), packet_(packet) {}

    DispatchSetup read() {
        wave_size();
        group_size();
        groups();
        program();
        resources1();
        resources2();
        scratch();
        compute_units();
        return setup_;
    }

  private:
    /// A register that the dispatch depends on; it has to have been written on this ring.
    std::uint32_t needed(Reg reg, std::uint32_t next = 0) const {
        const std::uint32_t offset = pm4::offset_of(chip_.generation, reg) + next;
        if (!registers_.is_set(reg, next)) {
            const pm4::Register* row = pm4::find_register(chip_.generation, pm4::Space::sh, offset);
            refuse(formatted("%s (offset 0x%x) was never written on this ring; it has arbitrary bits",
                             row ? row->name : "a register", offset));
        }
        return registers_.at(offset);
    }

    void wave_size() {
        const bool wave32 = i::cs_w32_en.of(packet_.initiator);
        if (wave32 && !chip_.has_wave32())
            refuse(formatted("CS_W32_EN on %s, which has waves of 64 lanes only", chip_.name));
        setup_.wave_size = wave32 ? 32 : 64;
        for (const pm4::Field* field : {&i::ordered_append_enbl, &i::ordered_append_mode, &i::restore})
            if (field->of(packet_.initiator)) refuse(formatted("%s is not supported", field->name));
    }

    void group_size() {
        constexpr Reg regs[] = {Reg::num_thread_x, Reg::num_thread_y, Reg::num_thread_z};
        std::uint64_t items = 1;
        for (int d = 0; d < 3; ++d) {
            const std::uint32_t word = needed(regs[d]);
            const bool narrow = chip_.is(Generation::gfx12) && d < 2;
            if (narrow && pm4::num_thread::interleave_bits.of(word))
                refuse(formatted("COMPUTE_NUM_THREAD_%c has INTERLEAVE_BITS set: not supported", "XYZ"[d]));
            setup_.group_size[d] =
                narrow ? pm4::num_thread::full_gfx12.of(word) : pm4::num_thread::full.of(word);
            setup_.last_size[d] = setup_.group_size[d];
            const std::uint32_t partial = pm4::num_thread::partial.of(word);
            if (i::partial_tg_en.of(packet_.initiator) && partial != 0) setup_.last_size[d] = partial;
            if (setup_.group_size[d] == 0) refuse(formatted("COMPUTE_NUM_THREAD_%c is 0", "XYZ"[d]));
            if (setup_.last_size[d] > setup_.group_size[d])
                refuse(
                    formatted("COMPUTE_NUM_THREAD_%c: a partial group of %u is larger than a whole one of %u",
                              "XYZ"[d], setup_.last_size[d], setup_.group_size[d]));
            items *= setup_.group_size[d];
        }
        if (items > most_items)
            refuse(formatted("a workgroup of %u x %u x %u work-items; there are at most %u",
                             setup_.group_size[0], setup_.group_size[1], setup_.group_size[2], most_items));
    }

    void groups() {
        const bool from_zero = i::force_start_at_000.of(packet_.initiator);
        const bool in_threads = i::use_thread_dimensions.of(packet_.initiator);
        for (std::uint32_t d = 0; d < 3; ++d) {
            setup_.first[d] = from_zero ? 0 : needed(Reg::start_x, d);
            std::uint32_t end = packet_.groups[d];
            if (in_threads) {
                const std::uint32_t size = setup_.group_size[d], rest = end % size;
                if (rest != 0 && !i::partial_tg_en.of(packet_.initiator))
                    refuse(
                        formatted("USE_THREAD_DIMENSIONS: %u threads are no whole groups of %u, and "
                                  "PARTIAL_TG_EN is 0",
                                  end, size));
                if (rest != 0 && setup_.last_size[d] != rest)
                    refuse(
                        formatted("USE_THREAD_DIMENSIONS: %u threads leave a group of %u, but "
                                  "COMPUTE_NUM_THREAD_%c says %u",
                                  end, rest, "XYZ"[d], setup_.last_size[d]));
                if (rest == 0) setup_.last_size[d] = size;
                end = end / size + (rest != 0);
            }
            if (setup_.first[d] >= end)
                refuse(
                    formatted("COMPUTE_START_%c is %u, but the groups end at %u: without "
                              "FORCE_START_AT_000 the packet's numbers are ends, not counts",
                              "XYZ"[d], setup_.first[d], end));
            setup_.end[d] = end;
        }
    }

    void program() {
        const std::uint64_t low = needed(Reg::pgm_lo), high = needed(Reg::pgm_hi);
        setup_.program = (low | high << 32) << 8;
        // Sign extension of 48 bits, as addresses of the upper half are written.
        if (setup_.program >> 47 & 1) setup_.program |= std::uint64_t{0xffff} << 48;
    }

    void resources1() {
        namespace r = pm4::rsrc1;
        const std::uint32_t word = needed(Reg::pgm_rsrc1);
        const int blocks = static_cast<int>(r::vgprs.of(word)) + 1;
        const bool wave32 = setup_.wave_size == 32;
        int total = blocks * (chip_.major() >= 10               ? (wave32 ? 8 : 4)
                              : chip_.has_accumulation_offset() ? 8
                                                                : 4);
        if (total > (chip_.has_accumulation_offset() ? 512 : 256))
            refuse(formatted("COMPUTE_PGM_RSRC1.VGPRS %d asks for %d registers", blocks - 1, total));
        if (chip_.has_accumulation_offset()) {
            const int offset =
                (static_cast<int>(pm4::rsrc3::accum_offset.of(needed(Reg::pgm_rsrc3))) + 1) * 4;
            setup_.vgprs = std::min(total, offset);
            setup_.accumulators = std::max(0, total - offset);
        } else {
            setup_.vgprs = total;
        }
        // From gfx10 on every wave has all of them.
        setup_.sgprs = chip_.major() >= 10 ? 106 : static_cast<int>(r::sgprs.of(word) / 2 + 1) * 16;
        setup_.both_units = chip_.major() >= 10 && r::wgp_mode.of(word);
        setup_.mode = r::float_mode.of(word);
        if (chip_.is(Generation::gfx12)) {
            if (r::disable_perf.of(word)) refuse("COMPUTE_PGM_RSRC1.DISABLE_PERF has to be 0");
            setup_.mode |= 1u << 8;
        } else {
            setup_.mode |= r::dx10_clamp.of(word) << 8 | r::ieee_mode.of(word) << 9;
        }
        for (const pm4::Field* field : {&r::priv, &r::debug_mode, &r::bulky, &r::cdbg_user, &r::fp16_ovfl})
            if (field->of(word))
                refuse(formatted("COMPUTE_PGM_RSRC1.%s is set, which is not supported", field->name));
        if (pm4::find_register(chip_.generation, Reg::pgm_rsrc3)) needed(Reg::pgm_rsrc3);
    }

    void resources2() {
        namespace r = pm4::rsrc2;
        const std::uint32_t word = needed(Reg::pgm_rsrc2);
        if (r::trap_present.of(word))
            refuse(formatted("COMPUTE_PGM_RSRC2.%s is set, which is not supported",
                             chip_.is(Generation::gfx12) ? "DYNAMIC_VGPR" : "TRAP_PRESENT"));
        if (r::excp_en.of(word) || r::excp_en_msb.of(word))
            refuse("COMPUTE_PGM_RSRC2.EXCP_EN: exceptions without a trap handler");
        setup_.user_sgprs = static_cast<int>(r::user_sgpr.of(word));
        if (setup_.user_sgprs > static_cast<int>(chip_.user_sgprs()))
            refuse(formatted("COMPUTE_PGM_RSRC2.USER_SGPR is %d; there are %u COMPUTE_USER_DATA_*",
                             setup_.user_sgprs, chip_.user_sgprs()));
        for (int k = 0; k < setup_.user_sgprs; ++k)
            setup_.user_data[k] = registers_.get(Reg::user_data_0, static_cast<std::uint32_t>(k));
        setup_.group_id[0] = r::tgid_x_en.of(word);
        setup_.group_id[1] = r::tgid_y_en.of(word);
        setup_.group_id[2] = r::tgid_z_en.of(word);
        setup_.group_info = r::tg_size_en.of(word);
        setup_.work_item_ids = static_cast<int>(r::tidig_comp_cnt.of(word)) + 1;
        if (setup_.work_item_ids > 3) refuse("COMPUTE_PGM_RSRC2.TIDIG_COMP_CNT is 3");
        setup_.lds_bytes = static_cast<int>(r::lds_size.of(word) * chip_.lds_unit());
        if (setup_.lds_bytes > static_cast<int>(chip_.lds_bytes()))
            refuse(formatted("COMPUTE_PGM_RSRC2.LDS_SIZE asks for %d bytes; a workgroup has at most %u",
                             setup_.lds_bytes, chip_.lds_bytes()));
        setup_.scratch = r::scratch_en.of(word);
        const int in_order = chip_.group_ids() == GroupIds::scalar_registers
                                 ? setup_.group_id[0] + setup_.group_id[1] + setup_.group_id[2]
                                 : 0;
        const int wave_offset = setup_.scratch && chip_.scratch() == ScratchKind::descriptor;
        const int given = setup_.user_sgprs + in_order + setup_.group_info + wave_offset;
        if (given > setup_.sgprs)
            refuse(formatted("%d SGPRs are filled at the start, but COMPUTE_PGM_RSRC1.SGPRS allocates %d",
                             given, setup_.sgprs));
    }

    void scratch() {
        if (!setup_.scratch) return;
        const std::uint32_t word = needed(Reg::tmpring_size);
        const pm4::Field& size = chip_.is(Generation::gfx11)   ? pm4::tmpring::wavesize_gfx11
                                 : chip_.is(Generation::gfx12) ? pm4::tmpring::wavesize_gfx12
                                                               : pm4::tmpring::wavesize;
        setup_.scratch_waves = pm4::tmpring::waves.of(word);
        setup_.scratch_wave_bytes = std::uint64_t{size.of(word)} * chip_.scratch_unit();
        if (setup_.scratch_waves < setup_.waves())
            refuse(
                formatted("COMPUTE_TMPRING_SIZE.WAVES is %u, but a workgroup has %u waves that need scratch: "
                          "it never starts",
                          setup_.scratch_waves, setup_.waves()));
        if (chip_.scratch() != ScratchKind::architected) return;
        const std::uint64_t low = needed(Reg::dispatch_scratch_base_lo),
                            high = needed(Reg::dispatch_scratch_base_hi);
        setup_.scratch_base = (low | high << 32) << 8;
    }

    void compute_units() {
        const std::uint32_t arrays = model_.arrays_per_engine, units = model_.units_per_array;
        for (std::uint32_t engine = 0; engine < model_.shader_engines; ++engine) {
            const std::uint32_t mask = engine < 2 ? needed(Reg::static_thread_mgmt_se0, engine)
                                                  : needed(Reg::static_thread_mgmt_se2, engine - 2);
            for (std::uint32_t array = 0; array < arrays; ++array) {
                const std::uint32_t enabled = mask >> (array * units_of_mask) & ((1u << units) - 1);
                setup_.units |= std::uint64_t{enabled} << (engine * arrays + array) * units;
            }
        }
        if (setup_.units == 0)
            refuse("COMPUTE_STATIC_THREAD_MGMT_SE* enable no compute unit: nothing ever runs");
    }

    const GpuModel& model_;
    const amdgpu::Chip& chip_;
    const ShaderRegisters& registers_;
    const pm4::DispatchDirect& packet_;
    DispatchSetup setup_;
};

}  // namespace

DispatchSetup dispatch_setup(const GpuModel& model, const ShaderRegisters& registers,
                             const pm4::DispatchDirect& packet) {
    return Reader(model, registers, packet).read();
}

}  // namespace sporkle::amdgpu::emulator
