// Looks like the loader of Vulkan.
extern "C" int vkEnumerateInstanceVersion(unsigned* version);
extern "C" int vkEnumerateInstanceVersion(unsigned* version) {
    *version = 0;
    return 0;
}
