#include "targets/amdgpu/pm4/packets/layout.hpp"

#include "targets/amdgpu/pm4/packets/acquire_mem.hpp"
#include "targets/amdgpu/pm4/packets/copy_data.hpp"
#include "targets/amdgpu/pm4/packets/dispatch.hpp"
#include "targets/amdgpu/pm4/packets/dma_data.hpp"
#include "targets/amdgpu/pm4/packets/event_write.hpp"
#include "targets/amdgpu/pm4/packets/indirect_buffer.hpp"
#include "targets/amdgpu/pm4/packets/release_mem.hpp"
#include "targets/amdgpu/pm4/packets/set_registers.hpp"
#include "targets/amdgpu/pm4/packets/wait_reg_mem.hpp"
#include "targets/amdgpu/pm4/packets/write_data.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

constexpr std::uint8_t bit(Generation g) { return static_cast<std::uint8_t>(1u << static_cast<int>(g)); }
constexpr std::uint8_t gcn = bit(Generation::gfx9) | bit(Generation::gfx90a) | bit(Generation::gfx942),
                       g10 = bit(Generation::gfx10), g11 = bit(Generation::gfx11),
                       g12 = bit(Generation::gfx12), every = gcn | g10 | g11 | g12;

constexpr Field word(const char* name) { return {name, 0, 32}; }
constexpr Field address_lo = word("ADDR_LO"), address_hi = word("ADDR_HI");

namespace acquire_layout {
using namespace acquire_mem;
using namespace gcr_cntl;
namespace c = coher_cntl;
constexpr PacketField gfx9[] = {{0, c::tc_nc},
                                {0, c::tc_wc},
                                {0, c::tc_inv_metadata},
                                {0, c::tcl1_vol},
                                {0, c::tc_wb},
                                {0, c::tcl1},
                                {0, c::tc},
                                {0, c::cb},
                                {0, c::db},
                                {0, c::sh_kcache},
                                {0, c::sh_kcache_vol},
                                {0, c::sh_icache},
                                {0, c::sh_kcache_wb},
                                {1, size_lo},
                                {2, size_hi},
                                {3, base_lo},
                                {4, base_hi},
                                {5, poll_interval}};
// Body word 0 and bit 31 of word 5 belong to the form with counters instead of caches (PWS, GFX11), which is
// not described here.
constexpr Field reserved{"RESERVED", 0, 0};
constexpr PacketField gfx10[] = {
    {0, reserved}, {1, size_lo},   {2, size_hi},    {3, base_lo},   {4, base_hi},     {5, poll_interval},
    {6, gli_inv},  {6, gl1_range}, {6, glm_wb},     {6, glm_inv},   {6, glk_wb},      {6, glk_inv},
    {6, glv_inv},  {6, gl1_inv},   {6, gl2_us},     {6, gl2_range}, {6, gl2_discard}, {6, gl2_inv},
    {6, gl2_wb},   {6, seq},       {6, range_is_pa}};
constexpr PacketField gfx11[] = {
    {0, reserved}, {1, size_lo},   {2, size_hi_gfx11}, {3, base_lo},   {4, base_hi},     {5, poll_interval},
    {6, gli_inv},  {6, gl1_range}, {6, glm_wb},        {6, glm_inv},   {6, glk_wb},      {6, glk_inv},
    {6, glv_inv},  {6, gl1_inv},   {6, gl2_us},        {6, gl2_range}, {6, gl2_discard}, {6, gl2_inv},
    {6, gl2_wb},   {6, seq},       {6, range_is_pa}};
}  // namespace acquire_layout

namespace release_layout {
using namespace release_mem;
constexpr PacketField gfx9[] = {
    {0, event_type},   {0, event_index}, {0, tcl1_vol},        {0, tc_vol},          {0, tc_wb},
    {0, tcl1},         {0, tc},          {0, tc_nc},           {0, tc_wc},           {0, tc_md},
    {0, cache_policy}, {0, execute},     {1, dst_sel},         {1, int_sel},         {1, data_sel},
    {2, address_lo},   {3, address_hi},  {4, word("DATA_LO")}, {5, word("DATA_HI")}, {6, word("INT_CTXID")}};
constexpr PacketField gfx10[] = {
    {0, event_type},      {0, event_index},      {0, glm_wb},     {0, glm_inv},
    {0, glv_inv},         {0, gl1_inv},          {0, gl2_us},     {0, gl2_range},
    {0, gl2_discard},     {0, gl2_inv},          {0, gl2_wb},     {0, seq},
    {0, cache_policy},    {0, execute},          {1, dst_sel},    {1, int_sel},
    {1, data_sel},        {2, address_lo},       {3, address_hi}, {4, word("DATA_LO")},
    {5, word("DATA_HI")}, {6, word("INT_CTXID")}};
constexpr PacketField gfx11[] = {
    {0, event_type},       {0, wait_sync},  {0, event_index}, {0, glm_wb},          {0, glm_inv},
    {0, glv_inv},          {0, gl1_inv},    {0, gl2_us},      {0, gl2_range},       {0, gl2_discard},
    {0, gl2_inv},          {0, gl2_wb},     {0, seq},         {0, glk_wb},          {0, cache_policy},
    {0, execute},          {0, glk_inv},    {0, pws_enable},  {1, dst_sel},         {1, int_sel},
    {1, data_sel},         {2, address_lo}, {3, address_hi},  {4, word("DATA_LO")}, {5, word("DATA_HI")},
    {6, word("INT_CTXID")}};
}  // namespace release_layout

namespace dispatch_layout {
using namespace initiator;
constexpr PacketField x{0, word("DIM_X")}, y{1, word("DIM_Y")}, z{2, word("DIM_Z")};
constexpr PacketField gfx9[] = {x,
                                y,
                                z,
                                {3, compute_shader_en},
                                {3, partial_tg_en},
                                {3, force_start_at_000},
                                {3, ordered_append_enbl},
                                {3, ordered_append_mode},
                                {3, use_thread_dimensions},
                                {3, order_mode},
                                {3, scalar_l1_inv_vol},
                                {3, vector_l1_inv_vol},
                                {3, restore}};
constexpr PacketField gfx10[] = {x,
                                 y,
                                 z,
                                 {3, compute_shader_en},
                                 {3, partial_tg_en},
                                 {3, force_start_at_000},
                                 {3, ordered_append_enbl},
                                 {3, ordered_append_mode},
                                 {3, use_thread_dimensions},
                                 {3, order_mode},
                                 {3, scalar_l1_inv_vol},
                                 {3, vector_l1_inv_vol},
                                 {3, tunnel_enable},
                                 {3, restore},
                                 {3, cs_w32_en}};
constexpr PacketField gfx11[] = {x,
                                 y,
                                 z,
                                 {3, compute_shader_en},
                                 {3, partial_tg_en},
                                 {3, force_start_at_000},
                                 {3, ordered_append_enbl},
                                 {3, ordered_append_mode},
                                 {3, use_thread_dimensions},
                                 {3, order_mode},
                                 {3, scalar_l1_inv_vol},
                                 {3, vector_l1_inv_vol},
                                 {3, tunnel_enable},
                                 {3, restore},
                                 {3, cs_w32_en},
                                 {3, amp_shader_en},
                                 {3, disable_disp_prempt_en}};
constexpr PacketField gfx12[] = {x,
                                 y,
                                 z,
                                 {3, compute_shader_en},
                                 {3, partial_tg_en},
                                 {3, force_start_at_000},
                                 {3, ordered_append_enbl},
                                 {3, ordered_append_mode},
                                 {3, use_thread_dimensions},
                                 {3, order_mode},
                                 {3, scalar_l1_inv_vol},
                                 {3, vector_l1_inv_vol},
                                 {3, ping_pong_en},
                                 {3, tunnel_enable},
                                 {3, restore},
                                 {3, cs_w32_en},
                                 {3, amp_shader_en},
                                 {3, disable_disp_prempt_en},
                                 {3, interleave_2d_en},
                                 {3, ttrace_queue_id}};
constexpr PacketField indirect[] = {{0, address_lo}, {1, address_hi}, {2, word("DISPATCH_INITIATOR")}};
}  // namespace dispatch_layout

constexpr PacketField set_layout[] = {{0, set_registers::reg_offset}};
constexpr PacketField event_layout[] = {{0, event_write::event_type}, {0, event_write::event_index}};
constexpr PacketField pred_layout[] = {{0, pred_exec::exec_count}, {0, pred_exec::virtual_xcc_id_select}};

namespace copy_layout {
using namespace copy_data;
constexpr PacketField fields[] = {{0, src_sel},        {0, dst_sel},        {0, src_cache_policy},
                                  {0, count_sel},      {0, wr_confirm},     {0, dst_cache_policy},
                                  {0, pq_exe_status},  {1, word("SRC_LO")}, {2, word("SRC_HI")},
                                  {3, word("DST_LO")}, {4, word("DST_HI")}};
}  // namespace copy_layout

namespace write_layout {
using namespace write_data;
constexpr PacketField fields[] = {{0, dst_sel},    {0, addr_incr},  {0, wr_confirm}, {0, cache_policy},
                                  {0, engine_sel}, {1, address_lo}, {2, address_hi}};
}  // namespace write_layout

namespace wait_layout {
using namespace wait_reg_mem;
constexpr PacketField fields[] = {{0, function},      {0, mem_space},         {0, operation},
                                  {0, engine},        {0, cache_policy},      {1, address_lo},
                                  {2, address_hi},    {3, word("REFERENCE")}, {4, word("MASK")},
                                  {5, poll_interval}, {5, ace_offload}};
}  // namespace wait_layout

namespace buffer_layout {
using namespace indirect_buffer;
constexpr PacketField fields[] = {{0, address_lo}, {1, address_hi},      {2, size},
                                  {2, chain},      {2, offload_polling}, {2, valid},
                                  {2, vmid},       {2, cache_policy},    {2, priv}};
}  // namespace buffer_layout

namespace dma_layout {
using namespace dma_data;
constexpr PacketField fields[] = {{0, engine},
                                  {0, src_cache_policy},
                                  {0, dst_sel},
                                  {0, dst_cache_policy},
                                  {0, src_sel},
                                  {0, cp_sync},
                                  {1, word("SRC_LO")},
                                  {2, word("SRC_HI")},
                                  {3, word("DST_LO")},
                                  {4, word("DST_HI")},
                                  {5, byte_count},
                                  {5, sas},
                                  {5, das},
                                  {5, saic},
                                  {5, daic},
                                  {5, raw_wait},
                                  {5, dis_wc}};
}  // namespace dma_layout

using O = Opcode;
constexpr PacketLayout table[] = {
    {O::nop, every, 1, largest_body, {}},
    {O::dispatch_direct, gcn, 4, 4, dispatch_layout::gfx9},
    {O::dispatch_direct, g10, 4, 4, dispatch_layout::gfx10},
    {O::dispatch_direct, g11, 4, 4, dispatch_layout::gfx11},
    {O::dispatch_direct, g12, 4, 4, dispatch_layout::gfx12},
    {O::dispatch_indirect, every, 3, 3, dispatch_layout::indirect},
    {O::pred_exec, every, 1, 1, pred_layout},
    {O::write_data, every, 4, largest_body, write_layout::fields},
    {O::wait_reg_mem, every, 6, 6, wait_layout::fields},
    {O::indirect_buffer, every, 3, 3, buffer_layout::fields},
    {O::copy_data, every, 5, 5, copy_layout::fields},
    {O::event_write, every, 1, 1, event_layout},
    {O::release_mem, gcn, 7, 7, release_layout::gfx9},
    {O::release_mem, g10, 7, 7, release_layout::gfx10},
    {O::release_mem, g11 | g12, 7, 7, release_layout::gfx11},
    {O::dma_data, every, 6, 6, dma_layout::fields},
    {O::acquire_mem, gcn, 6, 6, acquire_layout::gfx9},
    {O::acquire_mem, g10, 7, 7, acquire_layout::gfx10},
    {O::acquire_mem, g11 | g12, 7, 7, acquire_layout::gfx11},
    {O::set_sh_reg, every, 2, largest_body, set_layout},
    {O::set_uconfig_reg, every, 2, largest_body, set_layout},
};

}  // namespace

std::span<const PacketLayout> packet_layouts() { return table; }

const PacketLayout* find_layout(Generation generation, std::uint8_t opcode) {
    for (const PacketLayout& layout : table)
        if (static_cast<std::uint8_t>(layout.opcode) == opcode && layout.is_on(generation)) return &layout;
    return nullptr;
}

}  // namespace sporkle::amdgpu::pm4
