/* Stands in for the driver's libraries (libcuda, libnvcuvid, libnvidia-encode): every call answers as the environment
 * says, 0 by default, and does nothing. gpu_texts.py adds the functions that are not here and compiles it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int context;

static int answer(const char *name, int otherwise)
{
    const char *value = getenv(name);
    return value ? atoi(value) : otherwise;
}

int cuInit(unsigned flags) { return answer("CU_INIT", 0); }

#ifndef ANCIENT
static const struct { int code; const char *name, *text; } errors[] = {
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {34, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

static int told(int code, const char **to, int text)
{
    for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code) {
            *to = text ? errors[i].text : errors[i].name;
            return 0;
        }
    *to = NULL;
    return 1;
}

int cuGetErrorName(int code, const char **to) { return told(code, to, 0); }
int cuGetErrorString(int code, const char **to) { return told(code, to, 1); }
int cuDeviceGetCount(int *count) { *count = 1; return 0; }
int cuDeviceGet(int *device, int number) { *device = number; return 0; }
int cuDeviceGetName(char *name, int size, int device) { strncpy(name, "Stand-in", size); return 0; }
int cuDeviceComputeCapability(int *major, int *minor, int device) { *major = 9; *minor = 0; return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) { *value = 256; return 0; }
int cuCtxCreate_v2(void **to, unsigned flags, int device) { *to = &context; return answer("CU_CONTEXT", 0); }
int cuDevicePrimaryCtxRetain(void **to, int device) { *to = &context; return answer("CU_CONTEXT", 0); }
int cuCtxSetCurrent(void *to) { return 0; }
int cuCtxPopCurrent_v2(void **to) { *to = &context; return 0; }
int cuModuleLoadData(void **to, const void *image) { *to = &context; return answer("CU_MODULE", 0); }
int cuLaunchKernel(void) { return answer("CU_LAUNCH", 0); }

/* As in NVIDIA's cuda.h. What is said to be the GPU's memory is the CPU's here. */
struct copy {
    size_t from_x, from_y;
    int from_type;
    const char *from_host, *from_device;
    void *from_array;
    size_t from_pitch, to_x, to_y;
    int to_type;
    char *to_host, *to_device;
    void *to_array;
    size_t to_pitch, width, height;
};

int cuMemcpy2D_v2(const struct copy *copy)
{
    const char *from = copy->from_type == 1 ? copy->from_host : copy->from_device;
    char *to = copy->to_type == 1 ? copy->to_host : copy->to_device;
    int result = answer("CU_COPY", 0);
    for (size_t line = 0; !result && line < copy->height; line++)
        memcpy(to + (copy->to_y + line) * copy->to_pitch + copy->to_x,
               from + (copy->from_y + line) * copy->from_pitch + copy->from_x, copy->width);
    return result;
}

int cuMemcpy2DAsync_v2(const struct copy *copy, void *stream) { return cuMemcpy2D_v2(copy); }
int cuMemFree_v2(void *memory) { free(memory); return 0; }

/* What nobody writes to: every sample of every picture is the same. */
static void *filled(size_t bytes)
{
    void *memory = malloc(bytes);
    return memory ? memset(memory, answer("CU_FILL", 0), bytes) : NULL;
}

int cuMemAlloc_v2(void **to, size_t bytes)
{
    *to = filled(bytes);
    return 0;
}

int cuMemAllocPitch_v2(void **to, size_t *pitch, size_t width, size_t height, unsigned element)
{
    *pitch = (width + 255) / 256 * 256;
    return cuMemAlloc_v2(to, *pitch * height);
}

/* As in NVIDIA's cuviddec.h. */
struct caps {
    int codec, chroma;
    unsigned depth_over_8, reserved[3];
    unsigned char supported, decoders;
    unsigned short formats;
    unsigned max_width, max_height, max_macroblocks;
    unsigned short min_width, min_height;
};

int cuvidGetDecoderCaps(struct caps *caps)
{
    caps->supported = answer("NVDEC_SUPPORTED", 1);
    caps->decoders = 7;
    caps->formats = 3;
    caps->max_width = answer("NVDEC_WIDTH", 4096);
    caps->max_height = 4096;
    caps->max_macroblocks = 65536;
    caps->min_width = 48;
    caps->min_height = 16;
    return 0;
}

int cuvidCreateDecoder(void **to, void *wanted) { *to = &context; return answer("NVDEC_CREATE", 0); }
int cuvidDecodePicture(void *decoder, void *picture) { return answer("NVDEC_PICTURE", 0); }

int cuvidMapVideoFrame64(void *decoder, int number, uint64_t *to, unsigned *pitch, void *how)
{
    static char *frame;
    if (!frame)
        frame = filled(1 << 26);
    *to = (uint64_t)(uintptr_t)frame;
    *pitch = 256;
    return 0;
}

static int session(void) { return answer("NVENC_SESSION", 0); }
int NvEncodeAPIGetMaxSupportedVersion(uint32_t *version) { *version = answer("NVENC_VERSION", 255); return 0; }

int NvEncodeAPICreateInstance(void *functions)
{
    void **slots = (void **)functions + 1; /* behind the version */
    for (int i = 0; i < 40; i++)
        slots[i] = session;
    return 0;
}
#endif
