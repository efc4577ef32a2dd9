#include "targets/amdgpu/pm4/checks.hpp"

#include "targets/amdgpu/pm4/formatted.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

/// GPU addresses have 48 bits; the upper half of the space is written with the sign extended.
bool is_address(std::uint64_t address) {
    const std::uint64_t top = address >> 47;
    return top == 0 || top == 0x1FFFF;
}

void check_address(const char* what, std::uint64_t address, std::uint64_t alignment, Texts& texts) {
    if (address % alignment != 0)
        texts.push_back(formatted("%s 0x%llx is not a multiple of %llu", what,
                                  static_cast<unsigned long long>(address),
                                  static_cast<unsigned long long>(alignment)));
    if (address == 0) texts.push_back(formatted("%s is 0", what));
    if (!is_address(address))
        texts.push_back(
            formatted("%s 0x%llx is beyond 48 bits", what, static_cast<unsigned long long>(address)));
}

void check_initiator(std::uint32_t word, Texts& texts) {
    if (!initiator::compute_shader_en.of(word))
        texts.push_back("COMPUTE_SHADER_EN is 0: the dispatch is ignored");
}

}  // namespace

void check(const AcquireMem& p, const Chip& chip, Texts& texts) {
    if (has_gcr(chip.generation)) {
        if (gcr_cntl::glm_wb.of(p.caches) && !gcr_cntl::glm_inv.of(p.caches))
            texts.push_back("GLM_WB without GLM_INV");
    } else {
        namespace c = coher_cntl;
        if (c::tc_wb.of(p.caches) && !c::tc.of(p.caches) && !c::tc_nc.of(p.caches))
            texts.push_back(
                "TC_WB_ACTION_ENA alone does nothing; it goes with TC_ACTION_ENA or TC_NC_ACTION_ENA");
    }
    if (p.size == 0) texts.push_back("COHER_SIZE is 0: no memory is meant");
}

void check(const ReleaseMem& p, const Chip& chip, Texts& texts) {
    const auto event = static_cast<ReleaseEvent>(p.event_type);
    switch (event) {
        case ReleaseEvent::cache_flush_and_inv_ts:
        case ReleaseEvent::bottom_of_pipe_ts:
            if (p.event_index != 5)
                texts.push_back(
                    formatted("EVENT_INDEX %u with an end-of-pipe event, which needs 5", p.event_index));
            break;
        case ReleaseEvent::cs_done:
            if (p.event_index != 6)
                texts.push_back(formatted("EVENT_INDEX %u with CS_DONE, which needs 6", p.event_index));
            break;
        default:
            texts.push_back(formatted("EVENT_TYPE 0x%02x is no event that ends work", p.event_type));
    }
    if (p.dst_sel > 1) texts.push_back(formatted("DST_SEL %u is neither memory (0) nor L2 (1)", p.dst_sel));
    if (p.int_sel > 3) texts.push_back(formatted("INT_SEL %u is reserved", p.int_sel));
    if (p.data_sel > 4) texts.push_back(formatted("DATA_SEL %u is reserved", p.data_sel));
    if (p.data_sel >= 1 && p.data_sel <= 4)
        check_address("the address", p.address, p.data_sel == 1 ? 4 : 8, texts);
    if (has_gcr(chip.generation) && release_mem::glm_wb.of(p.caches) && !release_mem::glm_inv.of(p.caches))
        texts.push_back("GLM_WB without GLM_INV");
}

void check(const EventWrite& p, const Chip&, Texts& texts) {
    if (p.event_type == event_write::cs_partial_flush) {
        if (p.event_index != 4)
            texts.push_back(formatted("EVENT_INDEX %u with CS_PARTIAL_FLUSH, which needs 4", p.event_index));
    } else if (p.event_type == event_write::pipelinestat_start ||
               p.event_type == event_write::pipelinestat_stop) {
        if (p.event_index != 0)
            texts.push_back(
                formatted("EVENT_INDEX %u with a statistics event, which needs 0", p.event_index));
    } else {
        texts.push_back(formatted("EVENT_TYPE 0x%02x is not known", p.event_type));
    }
}

void check(const CopyData& p, const Chip&, Texts& texts) {
    const std::uint64_t alignment = p.is_64_bit ? 8 : 4;
    switch (static_cast<CopySource>(p.source)) {
        case CopySource::memory:
        case CopySource::l2:
            check_address("the source", p.from, alignment, texts);
            break;
        case CopySource::memory_mapped_register:
        case CopySource::gds:
        case CopySource::performance_counters:
        case CopySource::immediate:
        case CopySource::gpu_clock:
            break;
        default:
            texts.push_back(formatted("SRC_SEL %u is not known", p.source));
    }
    switch (static_cast<CopyDestination>(p.destination)) {
        case CopyDestination::memory:
        case CopyDestination::l2:
            check_address("the destination", p.to, alignment, texts);
            break;
        case CopyDestination::memory_mapped_register:
        case CopyDestination::gds:
        case CopyDestination::performance_counters:
            break;
        default:
            texts.push_back(formatted("DST_SEL %u is not known", p.destination));
    }
}

void check(const WriteData& p, const Chip&, Texts& texts) {
    switch (static_cast<WriteDestination>(p.destination)) {
        case WriteDestination::memory_through_grbm:
        case WriteDestination::l2:
        case WriteDestination::memory:
            check_address("the address", p.address, 4, texts);
            break;
        case WriteDestination::memory_mapped_register:
        case WriteDestination::gds:
            break;
        default:
            texts.push_back(formatted("DST_SEL %u is not known", p.destination));
    }
    if (p.engine != 0)
        texts.push_back(formatted("ENGINE_SEL %u: a compute ring has one engine, 0", p.engine));
}

void check(const DispatchDirect& p, const Chip&, Texts& texts) {
    check_initiator(p.initiator, texts);
    for (int d = 0; d < 3; ++d)
        if (p.groups[d] == 0) texts.push_back(formatted("DIM_%c is 0: nothing is started", "XYZ"[d]));
}

void check(const DispatchIndirect& p, const Chip&, Texts& texts) {
    check_initiator(p.initiator, texts);
    check_address("the address", p.address, 4, texts);
}

void check(const WaitRegMem& p, const Chip&, Texts& texts) {
    if (p.function > static_cast<unsigned>(WaitFunction::greater))
        texts.push_back(formatted("FUNCTION %u is reserved", p.function));
    if (p.mem_space > 1) texts.push_back(formatted("MEM_SPACE %u is reserved", p.mem_space));
    if (p.mem_space == 1) check_address("the address", p.address, 4, texts);
}

void check(const IndirectBuffer& p, const Chip&, Texts& texts) {
    check_address("the address", p.address, 4, texts);
    if (!p.valid) texts.push_back("VALID is 0");
    if (p.words == 0) texts.push_back("IB_SIZE is 0");
    if (p.vmid != 0)
        texts.push_back(formatted("VMID %u: a buffer cannot choose the address space of another", p.vmid));
}

void check(const DmaData& p, const Chip&, Texts& texts) {
    if (dma_data::byte_count.of(p.command) == 0) texts.push_back("BYTE_COUNT is 0: nothing is copied");
    if (dma_data::engine.of(p.control)) texts.push_back("ENGINE_SEL 1: a compute ring has one engine, 0");
}

void check(const PredExec&, const Chip& chip, Texts& texts) {
    if (!chip.is(Generation::gfx942))
        texts.push_back(formatted("PRED_EXEC on %s, which is one die", chip.name));
}

}  // namespace sporkle::amdgpu::pm4
