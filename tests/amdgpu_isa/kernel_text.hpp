// What every test kernel needs around it.
#pragma once

#include <string>

namespace sporkle::testing {

/// Adds: i32 @item(i32 group_size), the number of the work item in the grid; declarations of intrinsics that
/// tests share; and attributes #0, which say that only X of the ids and the kernel arguments are used.
inline std::string kernel_text(const std::string& body, const std::string& more = "") {
    return R"(
declare i32 @llvm.amdgcn.workitem.id.x()
declare i32 @llvm.amdgcn.workgroup.id.x()
define internal i32 @item(i32 %size) alwaysinline {
  %t = call i32 @llvm.amdgcn.workitem.id.x()
  %g = call i32 @llvm.amdgcn.workgroup.id.x()
  %m = mul i32 %g, %size
  %i = add i32 %m, %t
  ret i32 %i
}
)" + body + R"(
attributes #0 = { nounwind "amdgpu-flat-work-group-size"="1,256" "amdgpu-no-dispatch-ptr" "amdgpu-no-queue-ptr"
  "amdgpu-no-dispatch-id" "amdgpu-no-implicitarg-ptr" "amdgpu-no-workitem-id-y" "amdgpu-no-workitem-id-z"
  "amdgpu-no-workgroup-id-y" "amdgpu-no-workgroup-id-z" )" +
           more + " }\n";
}

}  // namespace sporkle::testing
