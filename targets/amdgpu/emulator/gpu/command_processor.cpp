#include "targets/amdgpu/emulator/gpu/command_processor.hpp"

#include <algorithm>

#include "targets/amdgpu/pm4/formatted.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using pm4::formatted;

constexpr std::uint64_t packet_cycles = 20;         ///< a round figure
constexpr std::uint64_t most_packets = 20'000'000;  ///< of a submission: buffers that chain in a circle
constexpr int deepest = 2;                          ///< a buffer, and one that it visits

unsigned long long wide(std::uint64_t value) { return value; }

}  // namespace

void CommandProcessor::execute(std::uint64_t address, std::uint32_t words) {
    packets_ = 0;
    run(address, words, 1);
}

void CommandProcessor::run(std::uint64_t address, std::uint32_t words, int depth) {
    std::vector<std::uint32_t> stream(words);
    if (const AccessResult fault = gpu_.memory.read_packets(address, stream.data(), std::uint64_t{words} * 4))
        throw GpuFault(formatted("the command processor reads packets at 0x%llx: %s", wide(fault->address),
                                 fault->reason.c_str()));
    for (std::size_t position = 0; position < stream.size();) {
        const pm4::Packet decoded = pm4::decode_packet(stream, position, *gpu_.model.chip);
        place_ = formatted("buffer 0x%llx, word %zu", wide(address), position);
        if (!decoded.faults.empty()) {
            const pm4::Fault& fault = decoded.faults.front();
            throw GpuFault(
                formatted("buffer 0x%llx, word %zu: %s", wide(address), fault.position, fault.text.c_str()));
        }
        if (++packets_ > most_packets) throw GpuFault(place_ + ": no end of packets: the ring hangs");
        gpu_.cycles += packet_cycles;
        position += decoded.words();
        if (!packet(decoded, depth)) return;
        position += skipped_words_;
        skipped_words_ = 0;
    }
}

bool CommandProcessor::packet(const pm4::Packet& packet, int depth) {
    if (const auto* buffer = packet.as<pm4::IndirectBuffer>()) {
        if (!buffer->chain && depth == deepest)
            throw GpuFault(place_ + ": INDIRECT_BUFFER: a buffer that was visited visits another");
        const std::string here = place_;
        run(buffer->address, buffer->words, buffer->chain ? depth : depth + 1);
        place_ = here;
        return !buffer->chain;
    }
    if (const auto* predicate = packet.as<pm4::PredExec>()) {
        // One die of the chip works for a ring, the first.
        skipped_words_ = predicate->dies & 1 ? 0 : predicate->words;
        return true;
    }
    std::visit([&](const auto& contents) { (*this)(contents); }, packet.contents);
    return true;
}

void CommandProcessor::operator()(const pm4::SetRegisters& p) {
    // UCONFIG registers time the command processor; they change nothing that is emulated.
    for (const pm4::RegisterWrite& write : p.writes)
        if (write.space == pm4::Space::sh) registers_.set(write.offset, write.value);
}

void CommandProcessor::operator()(const pm4::DispatchDirect& p) {
    try {
        started_.push_back({dispatch_setup(gpu_.model, registers_, p), place_});
    } catch (const GpuFault& fault) {
        throw GpuFault(place_ + ": " + fault.what());
    }
}

void CommandProcessor::operator()(const pm4::DispatchIndirect& p) {
    pm4::DispatchDirect direct;
    direct.initiator = p.initiator;
    read(p.address, direct.groups, sizeof(direct.groups), "DISPATCH_INDIRECT");
    if (direct.groups[0] == 0 || direct.groups[1] == 0 || direct.groups[2] == 0) return;
    (*this)(direct);
}

void CommandProcessor::wait_for_dispatches() {
    std::uint64_t longest = 0;
    while (!started_.empty()) {
        const Started dispatch = std::move(started_.back());
        started_.pop_back();
        try {
            const DispatchReport report =
                run_dispatch(gpu_.model, dispatch.setup, gpu_.memory.table(), gpu_.units, gpu_.options);
            longest += report.cycles;
            if (gpu_.on_dispatch) gpu_.on_dispatch(report);
        } catch (const GpuFault& fault) {
            throw GpuFault(dispatch.place + ": " + fault.what());
        }
    }
    gpu_.cycles += longest;
}

void CommandProcessor::operator()(const pm4::EventWrite& p) {
    if (p.event_type == pm4::event_write::cs_partial_flush) wait_for_dispatches();
}

void CommandProcessor::caches_gcn(bool write_back, bool invalidate_l2, bool vector, bool scalar, bool code) {
    if (write_back) gpu_.memory.l2.write_back();
    if (invalidate_l2) gpu_.memory.l2.invalidate();
    for (const auto& unit : gpu_.units.units) {
        if (vector) unit->invalidate_vector();
        if (scalar) unit->invalidate_scalar();
    }
    if (code) gpu_.units.code.invalidate();
}

void CommandProcessor::operator()(const pm4::AcquireMem& p) {
    // A range is treated as all of memory only if it is: caches here forget all or nothing.
    if (p.base != 0 || p.size < pm4::acquire_mem::whole_memory)
        throw GpuFault(place_ + ": ACQUIRE_MEM of a part of memory is not supported");
    const std::uint32_t word = p.caches;
    if (!pm4::has_gcr(gpu_.model.chip->generation)) {
        namespace c = pm4::coher_cntl;
        const bool l2 = c::tc.of(word);
        caches_gcn(c::tc_wb.of(word) && (l2 || c::tc_nc.of(word)), l2,
                   c::tcl1.of(word) || c::tcl1_vol.of(word),
                   c::sh_kcache.of(word) || c::sh_kcache_vol.of(word), c::sh_icache.of(word));
        return;
    }
    namespace c = pm4::gcr_cntl;
    if (c::gl1_range.of(word) || c::gl2_range.of(word) || c::range_is_pa.of(word))
        throw GpuFault(place_ + ": ACQUIRE_MEM: GCR_CNTL with a range is not supported");
    if (c::gl2_discard.of(word)) gpu_.memory.l2.discard();
    caches_gcn(c::gl2_wb.of(word), c::gl2_inv.of(word), c::glv_inv.of(word), c::glk_inv.of(word),
               c::gli_inv.of(word) != 0);
    if (c::gl1_inv.of(word))
        for (const auto& unit : gpu_.units.units) unit->invalidate_gl1();
}

void CommandProcessor::operator()(const pm4::ReleaseMem& p) {
    namespace c = pm4::release_mem;
    wait_for_dispatches();
    const std::uint32_t word = p.caches;
    const amdgpu::Generation generation = gpu_.model.chip->generation;
    if (!pm4::has_gcr(generation)) {
        const bool l2 = c::tc.of(word);
        caches_gcn(c::tc_wb.of(word) && (l2 || c::tc_nc.of(word)), l2,
                   c::tcl1.of(word) || c::tcl1_vol.of(word), false, false);
    } else {
        if (c::gl2_range.of(word)) throw GpuFault(place_ + ": RELEASE_MEM: GL2_RANGE is not supported");
        if (c::gl2_discard.of(word)) gpu_.memory.l2.discard();
        caches_gcn(c::gl2_wb.of(word), c::gl2_inv.of(word), c::glv_inv.of(word),
                   generation >= amdgpu::Generation::gfx11 && c::glk_inv.of(word), false);
        if (c::gl1_inv.of(word))
            for (const auto& unit : gpu_.units.units) unit->invalidate_gl1();
    }
    const auto data = static_cast<pm4::ReleaseData>(p.data_sel);
    if (data == pm4::ReleaseData::none) return;
    const bool is_clock = data == pm4::ReleaseData::gpu_clock || data == pm4::ReleaseData::system_clock;
    const std::uint64_t value = is_clock ? gpu_.ticks() : p.data;
    constexpr std::uint8_t to_l2 = 1;
    write(p.address, &value, data == pm4::ReleaseData::low_32 ? 4 : 8, "RELEASE_MEM",
          p.dst_sel != to_l2 || bypasses_l2());
}

void CommandProcessor::operator()(const pm4::CopyData& p) {
    std::uint64_t value = 0;
    const std::uint64_t bytes = p.is_64_bit ? 8 : 4;
    switch (static_cast<pm4::CopySource>(p.source)) {
        case pm4::CopySource::memory:
        case pm4::CopySource::l2:
            read(p.from, &value, bytes, "COPY_DATA");
            break;
        case pm4::CopySource::immediate:
            value = p.from;
            break;
        case pm4::CopySource::gpu_clock:
            value = gpu_.ticks();
            break;
        default:
            throw GpuFault(formatted("%s: COPY_DATA: SRC_SEL %u is not supported", place_.c_str(), p.source));
    }
    const auto destination = static_cast<pm4::CopyDestination>(p.destination);
    if (destination != pm4::CopyDestination::memory && destination != pm4::CopyDestination::l2)
        throw GpuFault(
            formatted("%s: COPY_DATA: DST_SEL %u is not supported", place_.c_str(), p.destination));
    write(p.to, &value, bytes, "COPY_DATA", destination == pm4::CopyDestination::memory || bypasses_l2());
}

void CommandProcessor::operator()(const pm4::WriteData& p) {
    const auto destination = static_cast<pm4::WriteDestination>(p.destination);
    if (destination != pm4::WriteDestination::memory && destination != pm4::WriteDestination::l2 &&
        destination != pm4::WriteDestination::memory_through_grbm)
        throw GpuFault(
            formatted("%s: WRITE_DATA: DST_SEL %u is not supported", place_.c_str(), p.destination));
    const bool through = destination != pm4::WriteDestination::l2 || bypasses_l2();
    if (!p.one_address) return write(p.address, p.data.data(), p.data.size() * 4, "WRITE_DATA", through);
    for (const std::uint32_t word : p.data) write(p.address, &word, 4, "WRITE_DATA", through);
}

void CommandProcessor::operator()(const pm4::DmaData& p) {
    namespace d = pm4::dma_data;
    const std::uint32_t bytes = d::byte_count.of(p.command);
    const std::uint32_t from = d::src_sel.of(p.control), to = d::dst_sel.of(p.control);
    constexpr std::uint32_t gds = 1, immediate = 2, nowhere = 2;
    if (from == gds || to == gds) throw GpuFault(place_ + ": DMA_DATA: GDS is not supported");
    for (const pm4::Field* field : {&d::sas, &d::das, &d::saic, &d::daic})
        if (field->of(p.command))
            throw GpuFault(formatted("%s: DMA_DATA: %s is not supported", place_.c_str(), field->name));
    std::vector<std::byte> data(bytes);
    if (from == immediate) {
        const auto word = static_cast<std::uint32_t>(p.source);
        for (std::uint32_t k = 0; k < bytes; ++k) data[k] = static_cast<std::byte>(word >> k % 4 * 8);
    } else {
        read(p.source, data.data(), bytes, "DMA_DATA");
    }
    if (to != nowhere) write(p.destination, data.data(), bytes, "DMA_DATA", bypasses_l2());
}

void CommandProcessor::write(std::uint64_t address, const void* from, std::uint64_t bytes, const char* what,
                             bool through) {
    if (const AccessResult fault = gpu_.memory.write(address, from, bytes, through))
        throw GpuFault(formatted("%s: %s: memory fault at address 0x%llx: %s", place_.c_str(), what,
                                 wide(fault->address), fault->reason.c_str()));
}

void CommandProcessor::read(std::uint64_t address, void* to, std::uint64_t bytes, const char* what) {
    const AccessResult fault =
        bypasses_l2() ? gpu_.memory.read_packets(address, to, bytes) : gpu_.memory.read(address, to, bytes);
    if (fault)
        throw GpuFault(formatted("%s: %s: memory fault at address 0x%llx: %s", place_.c_str(), what,
                                 wide(fault->address), fault->reason.c_str()));
}

void CommandProcessor::acquire_everything() { (*this)(pm4::acquire_everything(gpu_.model.chip->generation)); }

void CommandProcessor::finish(bool keep_caches) {
    wait_for_dispatches();
    gpu_.memory.l2.write_back();
    // On gfx9 the kernel's fence also invalidates, unless told not to (gfx_v9_0.c, emit_fence).
    if (pm4::has_gcr(gpu_.model.chip->generation) || keep_caches) return;
    caches_gcn(false, true, true, false, false);
}

void CommandProcessor::reset() {
    started_.clear();
    skipped_words_ = 0;
    registers_ = ShaderRegisters(gpu_.model.chip->generation);
}

}  // namespace sporkle::amdgpu::emulator
