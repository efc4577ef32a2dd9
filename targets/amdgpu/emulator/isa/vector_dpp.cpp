// Data-parallel primitives: which lane a lane reads from. Rows are 16 lanes, banks 4.
#include "targets/amdgpu/emulator/isa/vector.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr int none = -1;

/// The lane that `lane` reads; none where it is outside of the row or the wave.
int source_lane(const DataParallel& dpp, int lane, int lanes) {
    if (dpp.form == DataParallel::Form::select8)
        return (lane & ~7) | static_cast<int>(dpp.select >> (3 * (lane & 7)) & 7);
    const int c = dpp.control, row = lane & ~15, in_row = lane & 15, count = c & 15;
    const auto within_row = [row](int position) {
        return position >= 0 && position < 16 ? row + position : none;
    };
    if (c <= 0xff) return (lane & ~3) | (c >> (2 * (lane & 3)) & 3);     // quad_perm
    if (c >= 0x101 && c <= 0x10f) return within_row(in_row + count);     // row_shl
    if (c >= 0x111 && c <= 0x11f) return within_row(in_row - count);     // row_shr
    if (c >= 0x121 && c <= 0x12f) return row + ((in_row - count) & 15);  // row_ror
    if (c == 0x130) return lane + 1 < lanes ? lane + 1 : none;           // wave_shl
    if (c == 0x134) return (lane + 1) % lanes;                           // wave_rol
    if (c == 0x138) return lane > 0 ? lane - 1 : none;                   // wave_shr
    if (c == 0x13c) return (lane + lanes - 1) % lanes;                   // wave_ror
    if (c == 0x140) return row + 15 - in_row;                            // row_mirror
    if (c == 0x141) return row + (in_row & 8) + 7 - (in_row & 7);        // row_half_mirror
    if (c == 0x142) return row == 0 ? none : row - 1;                    // row_bcast:15
    if (c == 0x143) return lane < 32 ? none : 31;                        // row_bcast:31
    if (c >= 0x150 && c <= 0x15f) return row + count;                    // row_share, row_newbcast
    if (c >= 0x160 && c <= 0x16f) return row + (in_row ^ count);         // row_xmask
    throw WaveFault{Failure::unimplemented, "DPP control " + std::to_string(c)};
}

bool has_source(const Wave& w, const DataParallel& dpp, int lane, std::uint64_t exec) {
    const int from = source_lane(dpp, lane, w.lanes);
    return from != none && (dpp.fetch_inactive || exec >> from & 1);
}

}  // namespace

void data_parallel_move(const Wave& w, const Instruction& i, const std::uint32_t* from, std::uint32_t* to) {
    const std::uint64_t exec = w.exec();
    std::uint32_t moved[max_lanes];
    for (int l = 0; l < w.lanes; ++l)
        moved[l] = has_source(w, i.dpp, l, exec) ? from[source_lane(i.dpp, l, w.lanes)] : 0;
    for (int l = 0; l < w.lanes; ++l) to[l] = moved[l];
}

std::uint64_t data_parallel_mask(const Wave& w, const Instruction& i) {
    const std::uint64_t exec = w.exec();
    if (i.dpp.form == DataParallel::Form::none) return exec;
    std::uint64_t mask = 0;
    for (int l = 0; l < w.lanes; ++l) {
        const bool selected = i.dpp.form == DataParallel::Form::select8 ||
                              (i.dpp.row_mask >> (l / 16) & 1 && i.dpp.bank_mask >> (l / 4 % 4) & 1);
        const bool bounded =
            i.dpp.form == DataParallel::Form::select8 || i.dpp.bound_control || has_source(w, i.dpp, l, exec);
        mask |= std::uint64_t{selected && bounded} << l;
    }
    return mask & exec;
}

}  // namespace sporkle::amdgpu::emulator
