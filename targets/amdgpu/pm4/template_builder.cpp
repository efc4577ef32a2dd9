// Builds templates. The order of registers is that of the hardware's window, with one packet for each run.
#include <algorithm>
#include <array>

#include "targets/amdgpu/pm4/dispatch_template.hpp"
#include "targets/amdgpu/pm4/formatted.hpp"
#include "targets/amdgpu/pm4/packets/acquire_mem.hpp"
#include "targets/amdgpu/pm4/packets/copy_data.hpp"
#include "targets/amdgpu/pm4/packets/dispatch.hpp"
#include "targets/amdgpu/pm4/packets/event_write.hpp"
#include "targets/amdgpu/pm4/packets/nop.hpp"
#include "targets/amdgpu/pm4/packets/release_mem.hpp"
#include "targets/amdgpu/pm4/packets/set_registers.hpp"
#include "targets/amdgpu/pm4/scratch.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

constexpr std::uint32_t most_work_items = 1024, all_units = 0xFFFFFFFF, interleaved_threads = 64;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::unsupported, "sporkle: amdgpu: " + what);
}

class Builder {
  public:
    explicit Builder(const Chip& chip) : generation_(chip.generation) { made_.chip = &chip; }

    Template built(std::span<const DispatchNeeds> dispatches) {
        made_.prologue = segment([&] { prologue(); });
        made_.barrier = segment([&] { barrier(); });
        made_.epilogue = segment([&] { epilogue(); });
        for (const DispatchNeeds& needs : dispatches)
            made_.dispatches.push_back(segment([&] { dispatch(needs); }));
        return std::move(made_);
    }

  private:
    const Chip& chip() const { return *made_.chip; }

    template <class Write>
    Segment segment(Write write) {
        Segment s;
        s.first_word = here();
        s.first_patch = static_cast<std::uint32_t>(made_.patches.size());
        write();
        s.last_word = here();
        s.last_patch = static_cast<std::uint32_t>(made_.patches.size());
        return s;
    }

    std::uint32_t here() const { return static_cast<std::uint32_t>(made_.words.size()); }
    void put(const Words& packet) { append(made_.words, packet); }
    void patch(PatchKind kind, std::uint32_t word) { made_.patches.push_back({kind, word}); }

    /// Returns the word at which the first value stands.
    std::uint32_t set(Reg first, std::span<const std::uint32_t> values, Space space = Space::sh) {
        append_set_registers(made_.words, space, offset_of(generation_, first), values);
        return here() - static_cast<std::uint32_t>(values.size());
    }
    std::uint32_t set(Reg first, std::initializer_list<std::uint32_t> values, Space space = Space::sh) {
        return set(first, std::span(values.begin(), values.size()), space);
    }
    bool has(Reg reg) const { return find_register(generation_, reg) != nullptr; }

    void prologue() {
        // Mesa's values: how long the command processor waits before it looks whether caches are done.
        if (has(Reg::coher_start_delay))
            set(Reg::coher_start_delay, {chip().is(Generation::gfx10) ? 0x20u : 0u}, Space::uconfig);
        put(encode(cs_partial_flush));
        put(encode(acquire_everything(generation_), generation_));
        patch(PatchKind::begin_timestamp, here() + 4);
        put(encode(begin_timestamp(0)));
    }
    void barrier() {
        put(encode(cs_partial_flush));
        put(encode(acquire_between_dispatches(generation_), generation_));
    }
    void epilogue() {
        put(encode(cs_partial_flush));
        patch(PatchKind::end_timestamp, here() + 3);
        put(encode(end_timestamp(0)));
        patch(PatchKind::fence_address, here() + 3);
        patch(PatchKind::fence_value, here() + 5);
        put(encode(fence(generation_, 0, 0)));
    }

    void dispatch(const DispatchNeeds& needs) {
        const KernelDescriptor& kernel = needs.descriptor;
        const std::uint32_t waves = check(needs);
        thread_dimensions(needs.group_size);
        patch(PatchKind::program, set(Reg::pgm_lo, {0, 0}));
        const ProgramRegisters program = program_registers(kernel, chip(), needs.dynamic_lds);
        set(Reg::pgm_rsrc1, {program.rsrc1, program.rsrc2});
        if (has(Reg::pgm_rsrc3)) set(Reg::pgm_rsrc3, {program.rsrc3});
        // Groups of whole multiples of four waves go round the SIMDs of a compute unit evenly.
        set(Reg::resource_limits, {resource_limits::simd_dest_cntl(waves % 4 == 0)});
        scratch(kernel);
        compute_units();
        set(Reg::restart_x, {0, 0, 0});
        if (has(Reg::dispatch_pkt_addr_lo)) set(Reg::dispatch_pkt_addr_lo, {0, 0});
        if (has(Reg::user_accum_0)) set(Reg::user_accum_0, {0, 0, 0, 0});
        if (has(Reg::dispatch_tunnel)) set(Reg::dispatch_tunnel, {0});
        if (has(Reg::tg_chunk_size)) set(Reg::tg_chunk_size, {0});
        if (has(Reg::dispatch_interleave))
            set(Reg::dispatch_interleave, {dispatch_interleave::interleave(interleaved_threads)});
        user_data(kernel);
        const std::uint32_t groups = here() + 1;
        put(encode(DispatchDirect{{0, 0, 0}, initiator_for(kernel.wave32())}));
        patch(PatchKind::groups_x, groups);
        patch(PatchKind::groups_y, groups + 1);
        patch(PatchKind::groups_z, groups + 2);
    }

    /// Waves of a group.
    std::uint32_t check(const DispatchNeeds& needs) const {
        std::uint64_t items = 1;
        for (const std::uint32_t size : needs.group_size) {
            if (size == 0 || size > most_work_items)
                throw Error(ErrorCode::invalid_argument,
                            formatted("sporkle: amdgpu: a group of %u x %u x %u work-items",
                                      needs.group_size[0], needs.group_size[1], needs.group_size[2]));
            items *= size;
        }
        if (items > most_work_items)
            refuse(formatted("a group of %llu work-items; there are at most %u",
                             static_cast<unsigned long long>(items), most_work_items));
        namespace k = kernel_property;
        const KernelDescriptor& kernel = needs.descriptor;
        for (const Field& property : {k::dispatch_ptr, k::queue_ptr, k::dispatch_id, k::preload_length})
            if (kernel.wants(property))
                refuse(formatted("the kernel wants %s, which is not provided", property.name));
        if (kernel.wants(k::uses_dynamic_stack)) refuse("the kernel's stack is of unknown size");
        if (kernel.wave32() && !chip().has_wave32())
            refuse(formatted("waves of 32 lanes, which %s has not", chip().name));
        return static_cast<std::uint32_t>((items + kernel.wave_size() - 1) / kernel.wave_size());
    }

    void thread_dimensions(const std::uint32_t size[3]) {
        const Field& xy = chip().is(Generation::gfx12) ? num_thread::full_gfx12 : num_thread::full;
        set(Reg::start_x, {0, 0, 0, xy(size[0]), xy(size[1]), num_thread::full(size[2]), 0, 0});
    }

    void scratch(const KernelDescriptor& kernel) {
        const std::uint64_t bytes =
            scratch_bytes_of_wave(chip(), kernel.private_segment_bytes, kernel.wave_size());
        const std::uint32_t word = set(Reg::tmpring_size, {tmpring_size(chip(), bytes)});
        if (bytes != 0) patch(PatchKind::scratch_waves, word);
        if (chip().scratch() == ScratchKind::architected) {
            const std::uint32_t base = set(Reg::dispatch_scratch_base_lo, {0, 0});
            if (bytes != 0) patch(PatchKind::scratch_base, base);
        }
        made_.scratch_bytes_of_wave =
            std::max(made_.scratch_bytes_of_wave, static_cast<std::uint32_t>(bytes));
    }

    void compute_units() {
        set(Reg::static_thread_mgmt_se0, {all_units, all_units});
        set(Reg::static_thread_mgmt_se2, {all_units, all_units});
        if (chip().engine_masks >= 8)
            set(Reg::static_thread_mgmt_se4, {all_units, all_units, all_units, all_units});
        if (chip().engine_masks >= 9) set(Reg::static_thread_mgmt_se8, {all_units});
    }

    /// The SGPRs that a kernel finds filled, in the order of its properties. Those that only pad up to
    /// USER_SGPR are 0.
    void user_data(const KernelDescriptor& kernel) {
        namespace k = kernel_property;
        const std::uint32_t count = rsrc2::user_sgpr.of(kernel.rsrc2);
        if (count == 0) return;
        std::array<std::uint32_t, 16> values{};
        if (count > values.size() || kernel.wanted_user_sgprs() > count)
            refuse(formatted("%u user SGPRs for a kernel that wants %u; there are %zu", count,
                             kernel.wanted_user_sgprs(), values.size()));
        const std::uint32_t first = here() + 2;
        const bool uses_scratch = kernel.private_segment_bytes != 0;
        std::uint32_t next = 0;
        if (kernel.wants(k::private_segment_buffer)) {
            if (uses_scratch) {
                const auto words = scratch_descriptor(chip(), kernel.wave32(), 0);
                std::copy(words.begin(), words.end(), values.begin());
                patch(PatchKind::scratch_descriptor, first);
            }
            next += 4;
        }
        if (kernel.wants(k::kernarg_segment_ptr)) {
            patch(PatchKind::kernarg, first + next);
            next += 2;
        }
        if (kernel.wants(k::flat_scratch_init)) {
            if (uses_scratch) patch(PatchKind::flat_scratch, first + next);
            next += 2;
        }
        if (kernel.wants(k::private_segment_size)) values[next] = kernel.private_segment_bytes;
        set(Reg::user_data_0, std::span(values.data(), count));
    }

    Generation generation_;
    Template made_;
};

}  // namespace

Template build_template(const Chip& chip, std::span<const DispatchNeeds> dispatches) {
    if (dispatches.empty() || dispatches.size() > most_dispatches)
        throw Error(ErrorCode::invalid_argument,
                    formatted("sporkle: amdgpu: a template of %zu dispatches; it has 1 to %zu",
                              dispatches.size(), most_dispatches));
    return Builder(chip).built(dispatches);
}

}  // namespace sporkle::amdgpu::pm4
